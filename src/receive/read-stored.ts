// Reads and parses a body that was stored.

import type { BodyLimits } from './body.ts';
import { typeName } from '../options.ts';
import { readContent } from './content.ts';
import type { Content } from './document-in-body.ts';
import type { ReadOptions, ReceivedResult, StoredBody } from './options.ts';
import { resultsIn } from './read-request.ts';
import { resolveReadOptions } from './settings.ts';

/**
 * Reads and parses a body that was stored, for example by `onReject` or by the command `mo-postback listen`: the same
 * results, with the same keys, as if it arrived now.
 *
 * @throws PostbackError with a document code, or ReceiveError
 * @throws TypeError or RangeError for a wrong argument; the message names it
 */
export async function readStored(stored: StoredBody, options?: ReadOptions): Promise<ReceivedResult[]> {
  const { raw, headers, arrivedAt } = checkedBody(stored);
  const settings = resolveReadOptions(options);
  const limits = { maxBytes: settings.maxBytes, bodyUntil: Infinity };
  return resultsIn(
    await storedContent(raw, headers, limits),
    limits,
    settings,
    arrivedAt === undefined ? undefined : new Date(arrivedAt),
  );
}

/**
 * The content of a stored body.
 * @throws PostbackError or ReceiveError
 */
export async function storedContent(
  raw: Uint8Array,
  headers: StoredBody['headers'],
  limits: BodyLimits,
): Promise<Content> {
  const byName: Record<string, string | undefined> = {};
  for (const [name, value] of entriesOf(headers)) byName[name.toLowerCase()] = value;
  const request = { method: 'POST', url: '', headers: byName, remoteAddress: undefined, request: undefined };
  return readContent({ ...request, body: () => ({ value: raw }) }, limits);
}

/** The entries of an object, or of a Headers. */
function entriesOf(headers: StoredBody['headers']): Iterable<readonly [string, string | undefined]> {
  return headers instanceof Headers ? headers : Object.entries(headers);
}

/** @throws TypeError that names the property */
function checkedBody(stored: StoredBody): StoredBody {
  if (typeof (stored as unknown) !== 'object' || (stored as unknown) === null)
    throw new TypeError('stored: expected { raw, headers }');
  const { raw, headers, arrivedAt }: Readonly<Partial<Record<keyof StoredBody, unknown>>> = stored;
  if (!(raw instanceof Uint8Array)) throw new TypeError(`stored.raw: expected a Uint8Array, got ${typeName(raw)}`);
  if (typeof headers !== 'object' || headers === null) {
    throw new TypeError(`stored.headers: expected an object, got ${typeName(headers)}`);
  }
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && typeof value !== 'string') {
      throw new TypeError(`stored.headers[${JSON.stringify(name)}]: expected a string, got ${typeName(value)}`);
    }
  }
  const isTime = typeof arrivedAt === 'string' || arrivedAt instanceof Date;
  if (arrivedAt !== undefined && !(isTime && !Number.isNaN(new Date(arrivedAt).getTime()))) {
    throw new TypeError('stored.arrivedAt: expected a Date, or a time in ISO 8601');
  }
  return stored;
}
