// Bodies that `listen` has stored: X.body, and next to it X.json with the headers. Read as the receiver reads them.

import { readFile, stat } from 'node:fs/promises';
import { documentOf } from '../receive/document-in-body.ts';
import type { UnparsedDocument } from '../receive/document-in-body.ts';
import { storedContent } from '../receive/read-stored.ts';
import { codeOf, reasonOf } from './failure.ts';

/** By lower-case name. */
export type StoredHeaders = Readonly<Record<string, string>>;

/**
 * The headers of a body that `listen` has stored in this file. `undefined` for other files.
 * @throws Error if the file next to the body cannot be read, or was not written by `listen`
 */
export async function storedHeaders(file: string): Promise<StoredHeaders | undefined> {
  if (!file.endsWith('.body')) return undefined;
  const details = file.replace(/body$/, 'json');
  let text: string;
  try {
    text = await readFile(details, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new Error(`${details} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  const headers = headersIn(text);
  if (headers !== undefined) return headers;
  throw new Error(`${details} was not written by listen. Expected an object with arrivedAt, errors and headers`);
}

// What `listen` writes is much smaller.
const MAX_DETAILS_BYTES = 2 ** 24;

/**
 * The file with the body, if this file contains the headers and errors that `listen` has stored with it.
 * `undefined` for other files.
 * @throws Error if the file cannot be read
 */
export async function bodyOfDetails(file: string): Promise<string | undefined> {
  const body = bodyNextTo(file);
  if (body === undefined) return undefined;
  const stats = await stat(file);
  // A pipe could not be read again.
  if (!stats.isFile() || stats.size > MAX_DETAILS_BYTES) return undefined;
  return headersIn(await readFile(file, 'utf8')) === undefined ? undefined : body;
}

/** `X.body` for `X.json`. `undefined` for other names. */
export function bodyNextTo(file: string): string | undefined {
  return file.endsWith('.json') ? file.replace(/json$/, 'body') : undefined;
}

/**
 * Finds the document in a stored body.
 * @throws PostbackError
 * @throws ReceiveError
 */
export async function storedDocument(
  raw: Uint8Array,
  headers: StoredHeaders,
  maxBytes: number,
): Promise<UnparsedDocument> {
  const limits = { maxBytes, bodyUntil: Infinity };
  return documentOf(await storedContent(raw, headers, limits), limits);
}

function headersIn(text: string): StoredHeaders | undefined {
  let details: unknown;
  try {
    details = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(details)) return undefined;
  const { arrivedAt, errors, headers } = details;
  return typeof arrivedAt === 'string' && Array.isArray(errors) && isHeaders(headers) ? headers : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isHeaders(value: unknown): value is StoredHeaders {
  return isObject(value) && Object.values(value).every((header) => typeof header === 'string');
}
