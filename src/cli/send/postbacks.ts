// The postbacks of `send`: made from the options, or read from a file.

import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { PostbackError } from '../../errors.ts';
import type { Generation } from '../../protocol/generations.ts';
import { toPostbackBody } from '../../testing/postback-body.ts';
import type { MoMessageInput } from '../../write/serialize.ts';
import { serializeBundle, serializePostback } from '../../write/serialize.ts';
import { Failure } from '../failure.ts';
import { readPostback } from './files.ts';
import { formatOf } from './outgoing.ts';
import type { Form, Outgoing } from './outgoing.ts';

export interface ContentOptions {
  // One of these three is set.
  readonly sms: string | undefined;
  readonly mms: readonly string[] | undefined;
  readonly file: readonly string[] | undefined;
  /** The id of a single message, or what the ids of several start with. `undefined`: a random one. */
  readonly id: string | undefined;
  readonly count: number;
  readonly from: string;
  readonly to: string;
  readonly subject: string | undefined;
  readonly generation: Generation;
  /** How many messages each postback contains. `undefined`: one, not in a bundle. */
  readonly bundle: number | undefined;
  readonly form: Form | undefined;
}

/** What is sent, one after the other. Each is made when it is needed. */
export interface Postbacks {
  readonly total: number;
  readonly all: Iterable<Outgoing>;
}

/**
 * Makes the postbacks, or reads them from files. If they are made, all have different keys, so that a receiver does not
 * take one for a retry of another.
 * @throws Failure
 */
export async function createPostbacks(options: ContentOptions, stdin: Readable): Promise<Postbacks> {
  const { file: files, form, count } = options;
  if (files === undefined) return { total: count, all: numbered(postbackMaker(options), count) };
  const postbacks: Outgoing[] = [];
  for (const file of files) postbacks.push(await readPostback(file, form, stdin));
  return { total: count * postbacks.length, all: repeated(postbacks, count) };
}

function* numbered<T>(make: (n: number) => T, count: number): Iterable<T> {
  for (let n = 0; n < count; n++) yield make(n);
}

function* repeated<T>(items: readonly T[], count: number): Iterable<T> {
  for (let n = 0; n < count; n++) yield* items;
}

/** Returns a function that makes the n-th postback. */
function postbackMaker(options: ContentOptions): (n: number) => Outgoing {
  const { generation, form } = options;
  const documentOf = documentMaker(options);
  requireRepresentable(options, documentOf);
  return (n) => {
    const source = documentOf(n);
    return { document: { source }, ...toPostbackBody(source, formatOf(form, generation === 'G5')) };
  };
}

/** Returns a function that writes the n-th document. */
function documentMaker(options: ContentOptions): (n: number) => string {
  const { generation, bundle } = options;
  const run = createRun(idMaker(options));
  return (n) => {
    if (bundle === undefined) return serializePostback(messageOf(options, generation, run, n), { generation });
    const numbers = Array.from({ length: bundle }, (_, index) => n * bundle + index);
    return serializeBundle(numbers.map((number) => messageOf(options, 'G1', run, number)));
  };
}

/** One run of the command. */
interface Run {
  /** The id of the n-th message. Without --id it starts with `prefix`, and no other run has it. */
  readonly idOf: (n: number, prefix: string) => string;
  readonly startedAt: number;
}

/** Without `idOf`, the ids are random. */
export function createRun(idOf: Run['idOf'] = randomIds()): Run {
  return { idOf, startedAt: Date.now() };
}

function randomIds(): Run['idOf'] {
  const random = randomBytes(4).toString('hex');
  return (n, prefix) => `${prefix}${random}-${n}`;
}

function idMaker({ id, count, bundle = 1 }: ContentOptions): Run['idOf'] | undefined {
  if (id === undefined) return undefined;
  return count * bundle === 1 ? () => id : (n) => `${id}-${n}`;
}

/** The n-th message of a run. */
export function messageOf(
  options: Pick<ContentOptions, 'sms' | 'mms' | 'from' | 'to' | 'subject'>,
  generation: Generation,
  run: Run,
  n: number,
): MoMessageInput {
  const { sms, mms = [], from, to, subject } = options;
  const time = new Date(run.startedAt + n);
  const envelope = generation === 'G1' ? { envelope: { id: run.idOf(n, ''), createdAt: time } } : {};
  const common = { from, to, receivedAt: time, ...envelope };
  if (sms === undefined) {
    const optional = subject === undefined ? {} : { subject };
    return { kind: 'mms', code: 'N401', ...common, trackingId: run.idOf(n, 'MMS_MO_'), files: mms, ...optional };
  }
  const hasId = generation !== 'G1' && generation !== 'G2';
  return {
    kind: 'sms',
    code: 'N211',
    ...common,
    text: sms,
    ...(hasId ? { transactionId: run.idOf(n, 'SMS_MO_') } : {}),
  };
}

/** The options that set a field, if they do not have its name. */
const OPTIONS: Readonly<Record<string, string>> = {
  text: 'sms',
  files: 'mms',
  transactionId: 'id',
  trackingId: 'id',
  'envelope.id': 'id',
};

/** @throws Failure that names the option whose value the generation cannot represent */
function requireRepresentable({ generation, bundle }: ContentOptions, documentOf: (n: number) => string): void {
  try {
    documentOf(0);
  } catch (error) {
    const { path, message } = error as PostbackError;
    const field = path.replace(/^\[\d+\]\.|\[\d+\]$/g, '');
    const option = OPTIONS[field] ?? field;
    throw new Failure(
      `The value of --${option} cannot be sent as ${bundle === undefined ? generation : 'G1'}: ${message}`,
    );
  }
}
