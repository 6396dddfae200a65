// Reads and parses the body of a request.

import { PostbackError } from '../errors.ts';
import type { PostbackResult } from '../errors.ts';
import { readDocument } from '../read/read-document.ts';
import { readContent } from './content.ts';
import { isPromise, now } from './deadline.ts';
import { documentOf } from './document-in-body.ts';
import type { UnparsedDocument } from './document-in-body.ts';
import { ReceiveError } from './errors.ts';
import { endOfTurn } from './event-loop.ts';
import type { Exchange } from './exchange.ts';
import { Overload } from './in-flight.ts';
import type { ReadOptions, Unreadable } from './options.ts';
import type { PostbackRequest } from './request.ts';
import { resolveReadOptions } from './settings.ts';
import type { ReadSettings } from './settings.ts';

/**
 * Reads and parses the body of one request.
 * @throws PostbackError with a document code, or ReceiveError
 */
export async function readRequest(postback: PostbackRequest, options?: ReadOptions): Promise<PostbackResult[]> {
  const settings = resolveReadOptions(options);
  const limits = { maxBytes: settings.maxBytes, bodyUntil: now() + settings.bodyTimeoutMs };
  const content = await readContent(postback, limits);
  return parse(await documentOf(content, limits), settings);
}

/** A body that was read and parsed, or why that failed. `raw` is the body, if it arrived completely. */
type Received =
  | { readonly raw: Uint8Array; readonly results: readonly PostbackResult[]; readonly error?: undefined }
  | { readonly raw: Uint8Array | undefined; readonly results?: undefined; readonly error: Unreadable | Overload };

/** The same for a receiver: errors of the request are returned, not thrown. */
export async function read<Req>(exchange: Exchange<Req>): Promise<Received> {
  let raw: Uint8Array | undefined;
  try {
    const content = await readContent(exchange.postback, exchange);
    raw = content.raw;
    await endOfTurn();
    const document = documentOf(content, exchange);
    return { raw, results: parse(isPromise(document) ? await document : document, exchange.receiver.settings) };
  } catch (error) {
    if (error instanceof PostbackError || error instanceof ReceiveError || error instanceof Overload) {
      return { raw, error };
    }
    throw error;
  }
}

function parse({ source, charset }: UnparsedDocument, settings: ReadSettings): PostbackResult[] {
  return readDocument(source, charset === undefined ? settings : { ...settings, encoding: charset });
}
