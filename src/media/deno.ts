// mo-postback/media for Deno: `fetch` and a file system. node.ts describes it.

import { readSaved } from './disk/read-saved.ts';
import { saveAll } from './disk/save-files.ts';
import { decompressingTransport } from './fetch-transport.ts';
import { createMedia } from './media.ts';
import type { Media } from './media.ts';
import { decompressed } from './node/decompress.ts';

export { MediaError } from './errors.ts';

const media: Media = /* @__PURE__ */ createMedia({
  createTransport: decompressingTransport(decompressed),
  seesAddresses: false,
  disk: { saveAll, readSaved },
});

export const fetchFiles: Media['fetchFiles'] = media.fetchFiles;
export const saveFiles: Media['saveFiles'] = media.saveFiles;
export const readMms: Media['readMms'] = media.readMms;
