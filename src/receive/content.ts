// Reads the body of a request.

import { readBytes, tooLarge } from './body.ts';
import type { BodyLimits } from './body.ts';
import { contentTypeOf } from './content-type.ts';
import type { Content } from './document-in-body.ts';
import { restoreContent } from './parsed-body.ts';
import type { PostbackRequest } from './request.ts';

/**
 * Reads the body of a request.
 * @throws PostbackError `TOO_LARGE`
 * @throws ReceiveError
 */
export async function readContent(postback: PostbackRequest, limits: BodyLimits): Promise<Content> {
  const type = contentTypeOf(headerOf(postback, 'content-type') ?? '', headerOf(postback, 'content-encoding'));
  if (Number(headerOf(postback, 'content-length')) > limits.maxBytes) throw tooLarge(limits.maxBytes);
  const body = postback.body();
  if (typeof body === 'function')
    return { raw: await readBytes(body, limits), type, isText: false, document: undefined };
  const content = restoreContent(body, type, limits.maxBytes);
  limits.onBytes?.(content.raw.length);
  return content;
}

function headerOf(postback: PostbackRequest, name: string): string | undefined {
  return postback.header === undefined ? postback.headers[name] : postback.header(name);
}
