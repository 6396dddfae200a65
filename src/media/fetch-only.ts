// mo-postback/media where only `fetch` exists, for example in Cloudflare Workers. node.ts describes it.

import { fetchTransport } from './fetch-transport.ts';
import { createMedia } from './media.ts';
import type { Media } from './media.ts';

export { MediaError } from './errors.ts';

const media: Media = /* @__PURE__ */ createMedia({
  createTransport: fetchTransport,
  seesAddresses: false,
  disk: undefined,
});

export const fetchFiles: Media['fetchFiles'] = media.fetchFiles;
export const saveFiles: Media['saveFiles'] = media.saveFiles;
export const readMms: Media['readMms'] = media.readMms;
