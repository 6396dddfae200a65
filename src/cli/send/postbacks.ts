// The postbacks of `send`: made from the options, or read from a file.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { PostbackError } from '../../errors.ts';
import type { Generation } from '../../protocol/generations.ts';
import { toPostbackBody } from '../../testing/postback-body.ts';
import type { BodyFormat, Postback } from '../../testing/postback-body.ts';
import type { MoMessageInput } from '../../write/serialize.ts';
import { serializeBundle, serializePostback } from '../../write/serialize.ts';
import { Failure, reasonOf } from '../failure.ts';

export interface ContentOptions {
  // One of these three is set.
  readonly sms: string | undefined;
  readonly mms: readonly string[] | undefined;
  readonly file: string | undefined;
  readonly from: string;
  readonly to: string;
  readonly subject: string | undefined;
  readonly generation: Generation;
  /** How many messages each postback contains. `undefined`: one, not in a bundle. */
  readonly bundle: number | undefined;
  readonly form: 'urlencoded' | 'multipart' | undefined;
}

/** A postback, and the document in its body. */
export interface Outgoing extends Postback {
  readonly document: string | Uint8Array;
}

/**
 * Returns a function that makes the n-th postback. If they are made from the options, all have different keys, so that
 * a receiver does not take one for a retry of another.
 */
export async function createPostbacks(options: ContentOptions, stdin: Readable): Promise<(n: number) => Outgoing> {
  const { file, form } = options;
  const formatOf = (isJson: boolean): BodyFormat =>
    form === undefined ? { contentType: isJson ? 'application/json' : 'text/xml' } : { form, field: 'xml' };
  if (file !== undefined) {
    const bytes = await readFileOrStdin(file, stdin);
    const postback = { document: bytes, ...toPostbackBody(bytes, formatOf(looksLikeJson(bytes))) };
    return () => postback;
  }
  const documentOf = createDocuments(options);
  const postbackOf = (n: number): Outgoing => {
    const document = documentOf(n);
    return { document, ...toPostbackBody(document, formatOf(options.generation === 'G5')) };
  };
  requireRepresentable(options, postbackOf);
  return postbackOf;
}

async function readFileOrStdin(file: string, stdin: Readable): Promise<Uint8Array> {
  try {
    return file === '-' ? await buffer(stdin) : await readFile(file);
  } catch (error) {
    throw new Failure(`Cannot read ${file}: ${reasonOf(error)}.`);
  }
}

function looksLikeJson(bytes: Uint8Array): boolean {
  return /^\s*[{[]/.test(new TextDecoder().decode(bytes));
}

/** Returns a function that writes the n-th document. */
function createDocuments(options: ContentOptions): (n: number) => string {
  const { generation, bundle } = options;
  const run = createRun();
  return (n) => {
    if (bundle === undefined) return serializePostback(messageOf(options, generation, run, n), { generation });
    const numbers = Array.from({ length: bundle }, (_, index) => n * bundle + index);
    return serializeBundle(numbers.map((number) => messageOf(options, 'G1', run, number)));
  };
}

/** One run of the command. Its id makes the ids of its messages unique. */
interface Run {
  readonly id: string;
  readonly startedAt: number;
}

export function createRun(): Run {
  return { id: randomBytes(4).toString('hex'), startedAt: Date.now() };
}

/** The n-th message of a run. */
export function messageOf(
  options: Pick<ContentOptions, 'sms' | 'mms' | 'from' | 'to' | 'subject'>,
  generation: Generation,
  run: Run,
  n: number,
): MoMessageInput {
  const { sms, mms = [], from, to, subject } = options;
  const id = `${run.id}-${n}`;
  const time = new Date(run.startedAt + n);
  const envelope = generation === 'G1' ? { envelope: { id, createdAt: time } } : {};
  const common = { from, to, receivedAt: time, ...envelope };
  if (sms === undefined) {
    const optional = subject === undefined ? {} : { subject };
    return { kind: 'mms', code: 'N401', ...common, trackingId: `MMS_MO_${id}`, files: mms, ...optional };
  }
  const hasId = generation !== 'G1' && generation !== 'G2';
  return { kind: 'sms', code: 'N211', ...common, text: sms, ...(hasId ? { transactionId: `SMS_MO_${id}` } : {}) };
}

/** @throws Failure that names the option whose value the generation cannot represent */
function requireRepresentable({ generation, bundle }: ContentOptions, postbackOf: (n: number) => unknown): void {
  try {
    postbackOf(0);
  } catch (error) {
    const { path, message } = error as PostbackError;
    const field = path.replace(/^\[\d+\]\.|\[\d+\]$/g, '');
    const option = field === 'text' ? 'sms' : field === 'files' ? 'mms' : field;
    throw new Failure(
      `The value of --${option} cannot be sent as ${bundle === undefined ? generation : 'G1'}: ${message}`,
    );
  }
}
