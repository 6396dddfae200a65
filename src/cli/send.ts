// `mo-postback send`: the provider, with one message or a load of them.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { Presets, SingleBar } from 'cli-progress';
import type { PostbackError } from '../errors.ts';
import { contentKey, messageKey } from '../key.ts';
import { parseBundle } from '../parse.ts';
import type { Generation, MoMessageInput } from '../write/serialize.ts';
import { serializeBundle, serializePostback } from '../write/serialize.ts';
import { arriving } from '../testing/arrival.ts';
import type { Arrival, Postback } from '../testing/arrival.ts';
import { deliver } from '../testing/deliver.ts';
import type { Delivery, DeliveryAttempt } from '../testing/deliver.ts';
import { colorsOf, Failure, harmless, isDrawnOn, reasonOf, write } from './terminal.ts';
import type { Terminal } from './terminal.ts';

export interface SendOptions {
  /** What is sent: one of these three. */
  readonly sms: string | undefined;
  readonly mms: readonly string[] | undefined;
  readonly file: string | undefined;
  readonly from: string;
  readonly to: string;
  readonly subject: string | undefined;
  readonly generation: Generation;
  /** How many messages a postback holds. `undefined`: one, and no bundle. */
  readonly bundle: number | undefined;
  readonly form: 'urlencoded' | 'multipart' | undefined;
  /** How many postbacks. */
  readonly count: number;
  /** How many postbacks begin in a second, at most. */
  readonly rate: number;
  readonly concurrency: number;
  readonly retries: number;
  readonly retryIntervalMs: number;
  readonly timeoutMs: number;
  readonly json?: boolean | undefined;
}

/** Resolves to whether everything was delivered. */
export async function send(url: string, options: SendOptions, terminal: Terminal): Promise<boolean> {
  const { count, rate, concurrency, timeoutMs, json } = options;
  const { stdout, stderr, signal } = terminal;
  const postbackOf = await postbacks(options, terminal);
  const intervalsMs = Array.from({ length: options.retries }, () => options.retryIntervalMs);
  const tally = new Tally();
  const bar = json === true || count === 1 || !isDrawnOn(stderr) ? undefined : progressBar(terminal);
  bar?.start(count, 0, { failed: 0 });

  const since = performance.now();
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (begun < count && !signal.aborted) {
      const n = begun++;
      const due = since + (1000 * n) / rate;
      // Longer timers fire at once.
      for (let early; (early = due - performance.now()) > 0;)
        await wait(Math.min(early, 2 ** 31 - 1), undefined, { signal });
      const postback = postbackOf(n);
      const delivery = await deliver(url, postback, { timeoutMs, intervalsMs, signal });
      tally.add(delivery);
      bar?.update(tally.count, { failed: tally.count - tally.delivered });
      if (json === true)
        await write(stdout, `${JSON.stringify({ event: 'delivery', n, keys: await keysOf(postback), ...delivery })}\n`);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
  } catch (error) {
    // What was sent until then is told of.
    if (!signal.aborted) throw error;
  } finally {
    bar?.stop();
  }
  const seconds = (performance.now() - since) / 1000;
  if (json === true) await write(stdout, `${JSON.stringify({ event: 'summary', ...tally.summary(count, seconds) })}\n`);
  else await write(stdout, count === 1 ? story(tally, terminal) : report(tally, count, seconds, terminal));
  return tally.delivered === count;
}

interface Outgoing extends Postback {
  /** What the body holds. */
  readonly document: string | Uint8Array;
}

/** The n-th postback. No two that are made here have the same key, so that none is taken for a retry of another. */
async function postbacks(options: SendOptions, { stdin }: Terminal): Promise<(n: number) => Outgoing> {
  const { file, generation, bundle, form } = options;
  const arrivalOf = (isJson: boolean): Arrival =>
    form === undefined ? { contentType: isJson ? 'application/json' : 'text/xml' } : { form, field: 'xml' };
  if (file !== undefined) {
    const postback = await readPostback(file, arrivalOf, stdin);
    return () => postback;
  }
  const run = randomBytes(4).toString('hex');
  const start = Date.now();
  const written = (n: number): string => {
    if (bundle === undefined) return serializePostback(messageOf(options, generation, run, n, start), { generation });
    return serializeBundle(
      Array.from({ length: bundle }, (_, of) => messageOf(options, 'G1', run, n * bundle + of, start)),
    );
  };
  const outgoing = (n: number): Outgoing => {
    const document = written(n);
    return { document, ...arriving(document, arrivalOf(generation === 'G5')) };
  };
  try {
    outgoing(0);
  } catch (error) {
    const { path, message } = error as PostbackError;
    const field = path.replace(/^\[\d+\]\.|\[\d+\]$/g, '');
    const option = field === 'text' ? 'sms' : field === 'files' ? 'mms' : field;
    throw new Failure(
      `What --${option} says cannot be sent as ${bundle === undefined ? generation : 'G1'}: ${message}`,
    );
  }
  return outgoing;
}

async function readPostback(
  file: string,
  arrivalOf: (isJson: boolean) => Arrival,
  stdin: Terminal['stdin'],
): Promise<Outgoing> {
  let bytes: Uint8Array;
  try {
    bytes = file === '-' ? await buffer(stdin) : await readFile(file);
  } catch (error) {
    throw new Failure(`Cannot read ${file}: ${reasonOf(error)}.`);
  }
  // Its own bytes, whatever encoding they are in.
  const isJson = /^\s*[{[]/.test(new TextDecoder().decode(bytes));
  return { document: bytes, ...arriving(bytes, arrivalOf(isJson)) };
}

function messageOf(
  { sms, mms = [], from, to, subject }: SendOptions,
  generation: Generation,
  run: string,
  n: number,
  start: number,
): MoMessageInput {
  const id = `${run}-${String(n)}`;
  const common = {
    from,
    to,
    receivedAt: new Date(start + n),
    ...(generation === 'G1' ? { envelope: { id, createdAt: new Date(start + n) } } : {}),
  };
  if (sms === undefined)
    return {
      kind: 'mms',
      code: 'N401',
      ...common,
      trackingId: `MMS_MO_${id}`,
      files: mms,
      ...(subject === undefined ? {} : { subject }),
    };
  const hasId = generation !== 'G1' && generation !== 'G2';
  return { kind: 'sms', code: 'N211', ...common, text: sms, ...(hasId ? { transactionId: `SMS_MO_${id}` } : {}) };
}

/** As the receiver's `context.key` has them. */
async function keysOf({ document }: Outgoing): Promise<string[]> {
  try {
    const notifications = parseBundle(document, { recover: true }).flatMap(({ data }) => data ?? []);
    return await Promise.all(
      notifications.map(async (notification) => messageKey(notification) ?? contentKey(notification)),
    );
  } catch {
    // A file that is no postback is sent all the same.
    return [];
  }
}

/** What was answered. */
class Tally {
  count = 0;
  delivered = 0;
  retries = 0;
  last: Delivery | undefined;
  readonly answers = new Map<string, number>();
  readonly #durations: number[] = [];

  add(delivery: Delivery): void {
    const { isDelivered, attempts } = delivery;
    this.count++;
    if (isDelivered) this.delivered++;
    this.retries += attempts.length - 1;
    this.last = delivery;
    for (const attempt of attempts) {
      const answer = answerOf(attempt);
      this.answers.set(answer, 1 + (this.answers.get(answer) ?? 0));
      this.#durations.push(attempt.durationMs);
    }
  }

  /** Of every attempt, in ms: what so many in a hundred did not take longer than. */
  latency(): Record<'p50' | 'p90' | 'p99' | 'max', number> {
    const sorted = Float64Array.from(this.#durations).sort();
    // 0 where there was none.
    const at = (percent: number): number => rounded(sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0);
    return { p50: at(50), p90: at(90), p99: at(99), max: at(100) };
  }

  summary(wanted: number, seconds: number): object {
    const { count, delivered, retries, answers } = this;
    return {
      postbacks: wanted,
      sent: count,
      delivered,
      retries,
      seconds: rounded(seconds),
      answers: Object.fromEntries(answers),
      latencyMs: this.latency(),
    };
  }
}

function answerOf({ status, error }: DeliveryAttempt): string {
  return error ?? String(status);
}

function rounded(number: number): number {
  return Math.round(number * 100) / 100;
}

/** Of a single postback. */
function story({ last }: Tally, { stdout }: Terminal): string {
  const { green, red, dim } = colorsOf(stdout);
  const lines = (last?.attempts ?? []).map((attempt) => {
    const answer = answerOf(attempt);
    const words = attempt.status === 200 ? '' : harmless((attempt.answer ?? '').trim());
    return `${attempt.status === 200 ? green(answer) : red(answer)} ${dim(`in ${attempt.durationMs.toFixed(1)} ms`)}${words === '' ? '' : ` ${words}`}\n`;
  });
  return lines.length === 0 ? 'Nothing was answered.\n' : lines.join('');
}

/** Of a load. */
function report(tally: Tally, wanted: number, seconds: number, { stdout }: Terminal): string {
  const { green, red, bold } = colorsOf(stdout);
  const { count, delivered, retries, answers } = tally;
  const { p50, p90, p99, max } = tally.latency();
  const rows = [...answers].map(
    ([answer, times]) => `  ${(answer === '200' ? green : red)(answer.padEnd(12))} ${String(times)}`,
  );
  const missing = wanted === count ? '' : `, ${String(wanted - count)} of ${String(wanted)} not sent`;
  return [
    bold(
      `${String(delivered)} of ${String(count)} postbacks delivered in ${seconds.toFixed(1)} s (${(count / seconds).toFixed(0)} a second)${missing}`,
    ),
    'Answers by status',
    ...rows,
    `Retries        ${String(retries)}`,
    `Latency in ms  p50 ${String(p50)}, p90 ${String(p90)}, p99 ${String(p99)}, max ${String(max)}`,
    '',
  ].join('\n');
}

function progressBar({ stderr }: Terminal): SingleBar {
  return new SingleBar(
    {
      stream: stderr,
      format: '{bar} {value} of {total}, {failed} not delivered, {duration_formatted}',
      hideCursor: true,
    },
    Presets.shades_classic,
  );
}
