// Reads and parses the body of a request.

import { PostbackError } from '../errors.ts';
import type { PostbackResult } from '../errors.ts';
import type { WireElement } from '../message.ts';
import { settingsFor } from '../options.ts';
import { readDocument } from '../read/read-document.ts';
import type { BodyLimits } from './body.ts';
import { readContent } from './content.ts';
import { isPromise, now } from './deadline.ts';
import { documentOf } from './document-in-body.ts';
import type { ArrivedBody, Content, UnparsedDocument } from './document-in-body.ts';
import { ReceiveError } from './errors.ts';
import { workAtEndOfTurn } from './event-loop.ts';
import type { Exchange } from './exchange.ts';
import { Overload } from './in-flight.ts';
import { completeKeys, keyed } from './keys.ts';
import type { ReadOptions, ReceivedResult, Unreadable } from './options.ts';
import type { PostbackRequest } from './request.ts';
import { resolveReadOptions } from './settings.ts';
import type { ReadSettings } from './settings.ts';

/**
 * Reads and parses the body of one request.
 * @throws PostbackError with a document code, or ReceiveError
 */
export async function readRequest(postback: PostbackRequest, options?: ReadOptions): Promise<ReceivedResult[]> {
  const arrivedAt = new Date();
  const settings = resolveReadOptions(options);
  const limits = { maxBytes: settings.maxBytes, bodyUntil: now() + settings.bodyTimeoutMs };
  return resultsIn(await readContent(postback, limits), limits, settings, arrivedAt);
}

/** Parses what was read. `arrivedAt`: when it arrived, if that is known. */
export async function resultsIn(
  content: Content,
  limits: BodyLimits,
  settings: ReadSettings,
  arrivedAt: Date | undefined,
): Promise<ReceivedResult[]> {
  const results = parse(await documentOf(content, limits), settings, arrivedAt);
  const entries = results.map((result) =>
    result.success ? { ...result, item: keyed(result.data, settings) } : result,
  );
  await completeKeys(
    entries.flatMap((entry) => (entry.success ? entry.item : [])),
    settings,
  );
  return entries.map((entry) => {
    if (!entry.success) return entry;
    const { item, ...result } = entry;
    return { ...result, key: item.key };
  });
}

/** A body that was read and parsed, or why that failed. `body` is what arrived, if it arrived completely. */
type Received =
  | { readonly body: ArrivedBody; readonly results: readonly PostbackResult[]; readonly error?: undefined }
  | { readonly body: ArrivedBody | undefined; readonly results?: undefined; readonly error: Unreadable | Overload };

/** The same for a receiver: errors of the request are returned, not thrown. */
export async function read<Req>(exchange: Exchange<Req>): Promise<Received> {
  let body: Content | undefined;
  try {
    body = await readContent(exchange.postback, exchange);
    return { body, results: await parseBody(body, exchange) };
  } catch (error) {
    // What was decompressed is of no more use. Messages that were read may refer to it.
    exchange.keepBytes(body?.raw.length ?? 0);
    if (error instanceof PostbackError || error instanceof ReceiveError || error instanceof Overload) {
      return { body, error };
    }
    throw error;
  }
}

/** Parses a body, between other requests. */
async function parseBody<Req>(body: Content, exchange: Exchange<Req>): Promise<readonly PostbackResult[]> {
  const parseNow = (document: UnparsedDocument): readonly PostbackResult[] => {
    const results = parse(document, exchange.receiver.settings, exchange.arrivedAt);
    // Before the next body is parsed.
    exchange.onBytes(memoryOf(results));
    return results;
  };
  const read = await workAtEndOfTurn<UnparsedDocument | readonly PostbackResult[]>(() => {
    const document = documentOf(body, exchange);
    return isPromise(document) ? document : parseNow(document);
  });
  return 'source' in read ? workAtEndOfTurn(() => parseNow(read)) : read;
}

function parse(
  { source, charset }: UnparsedDocument,
  settings: ReadSettings,
  arrivedAt: Date | undefined,
): PostbackResult[] {
  const { encoding, recover } = settings;
  return readDocument(source, settingsFor(settings, charset ?? encoding, recover ? arrivedAt : undefined));
}

// Measured in V8, rounded up. An attribute takes less than an element.
const ELEMENT_BYTES = 400;
const ERROR_BYTES = 2000;
const WARNING_BYTES = 300;

/** About how much memory results take that is a hundred times as much as in the document. */
function memoryOf(results: readonly PostbackResult[]): number {
  let bytes = 0;
  const left: WireElement[] = [];
  for (const { data, warnings } of results) {
    bytes += warnings.length * WARNING_BYTES;
    if (data === undefined) bytes += ERROR_BYTES;
    else left.push(...(data.kind === 'other' ? data.fields : data.extra));
  }
  for (let element = left.pop(); element !== undefined; element = left.pop()) {
    bytes += ELEMENT_BYTES * (1 + Object.keys(element.attributes).length);
    left.push(...element.children);
  }
  return bytes;
}
