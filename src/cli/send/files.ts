// The postbacks that `send` reads from files.

import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { resolveOptions } from '../../options.ts';
import { toPostbackBody } from '../../testing/postback-body.ts';
import { Failure, reasonOf } from '../failure.ts';
import { storedDocument, storedHeaders } from '../stored-body.ts';
import type { StoredHeaders } from '../stored-body.ts';
import { formatOf } from './outgoing.ts';
import type { Form, Outgoing } from './outgoing.ts';

/**
 * Reads a file, or standard input if its name is `-`.
 * @throws Failure
 */
export async function readPostback(file: string, form: Form | undefined, stdin: Readable): Promise<Outgoing> {
  const { bytes, headers } = await readFileOrStdin(file, stdin);
  if (headers === undefined) {
    return { file, document: { source: bytes }, ...toPostbackBody(bytes, formatOf(form, looksLikeJson(bytes))) };
  }
  if (form !== undefined) {
    throw new Failure(
      `Cannot send ${file} in a form: it was stored by listen, and is sent as it arrived. Remove --form or ` +
        '--multipart.',
    );
  }
  return {
    file,
    document: await storedDocument(bytes, headers, resolveOptions({}).maxBytes).catch(() => undefined),
    body: new Uint8Array(bytes),
    headers: headersOfBody(headers, file),
  };
}

interface Input {
  readonly bytes: Uint8Array;
  /** Of a body that `listen` has stored. */
  readonly headers: StoredHeaders | undefined;
}

async function readFileOrStdin(file: string, stdin: Readable): Promise<Input> {
  try {
    if (file === '-') return { bytes: await buffer(stdin), headers: undefined };
    return { bytes: await readFile(file), headers: await storedHeaders(file) };
  } catch (error) {
    throw new Failure(`Cannot read ${file}: ${reasonOf(error)}.`);
  }
}

function looksLikeJson(bytes: Uint8Array): boolean {
  return /^\s*[{[]/.test(new TextDecoder().decode(bytes.subarray(0, 1024)));
}

/** The headers that describe the body. The others belong to the connection over which it arrived. */
function headersOfBody(headers: StoredHeaders, file: string): StoredHeaders {
  const described = Object.entries(headers).filter(([name]) => /^content-(?:type|encoding)$/i.test(name));
  try {
    return Object.fromEntries(new Headers(described));
  } catch {
    throw new Failure(`Cannot send ${file}: a header in the .json file next to it is not valid in HTTP.`);
  }
}
