// Reads the body of a request.

import { readBytes, tooLarge } from './body.ts';
import type { BodyLimits } from './body.ts';
import { contentTypeOf, maxBodyBytes } from './content-type.ts';
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
  const maxBytes = maxBodyBytes(type, limits.maxBytes);
  const length = headerOf(postback, 'content-length');
  const contentLength = length === undefined ? undefined : Number(length);
  if (contentLength !== undefined && contentLength > maxBytes) throw tooLarge(maxBytes);
  const body = postback.body();
  if (typeof body === 'function')
    return { raw: await readBytes(body, maxBytes, limits), type, isText: false, document: undefined };
  const content = restoreContent(body, type, maxBytes, contentLength);
  limits.onBytes?.(content.raw.length);
  return content;
}

function headerOf(postback: PostbackRequest, name: string): string | undefined {
  return postback.header === undefined ? postback.headers[name] : postback.header(name);
}
