// What `send` prints: a progress bar, and at the end the answer or a summary.

import { Presets, SingleBar } from 'cli-progress';
import { contentKey, messageKey } from '../../key.ts';
import { parseBundle } from '../../parse.ts';
import type { DeliveryResult } from '../../testing/deliver.ts';
import { canRedraw, colorsOf, printable, write } from '../terminal.ts';
import type { Output, Terminal } from '../terminal.ts';
import type { Outgoing } from './outgoing.ts';
import { answerOf, Tally } from './tally.ts';

/** A postback that was sent. */
interface Delivery {
  readonly n: number;
  /** How often it was sent before: 0 for the first time. */
  readonly repetition: number;
  readonly postback: Outgoing;
  readonly result: DeliveryResult;
}

/** How many postbacks there are, and how often each of them is sent again. */
interface Expected {
  readonly total: number;
  readonly repeat: number;
  readonly json?: boolean | undefined;
}

export interface SendReport {
  readonly delivery: (delivery: Delivery) => Promise<void>;
  /** Ends the measured time. */
  readonly stop: () => void;
  /** Prints the summary. Resolves to whether all postbacks were delivered. */
  readonly summary: () => Promise<boolean>;
}

/** The measured time starts now. */
export function createReport({ total, repeat, json }: Expected, { stdout, stderr }: Terminal): SendReport {
  const isJson = json === true;
  const isSingle = total === 1;
  const count = total * (repeat + 1);
  const tally = new Tally();
  const bar = isJson || isSingle || !canRedraw(stderr) ? undefined : startBar(stderr, count);
  const since = performance.now();
  let seconds = 0;
  return {
    async delivery({ n, repetition, postback, result }) {
      tally.add(result);
      bar?.update(tally.count, { failed: tally.count - tally.delivered });
      if (isJson) {
        const { file } = postback;
        const event = { event: 'delivery', n, file, repetition, keys: await keysOf(postback), ...result };
        await write(stdout, `${JSON.stringify(event)}\n`);
      } else if (isSingle) await write(stdout, attemptLines(result, stdout));
    },
    stop() {
      bar?.stop();
      seconds = (performance.now() - since) / 1000;
    },
    async summary() {
      if (isJson) await write(stdout, `${JSON.stringify({ event: 'summary', ...tally.summary(count, seconds) })}\n`);
      else if (!isSingle) await write(stdout, summaryText(tally, count, seconds, stdout));
      else if (tally.count === 0) await write(stdout, 'No answer was received.\n');
      return tally.delivered === count;
    },
  };
}

function startBar(stderr: Output, count: number): SingleBar {
  const bar = new SingleBar(
    {
      stream: stderr,
      format: '{bar} {value} of {total}, {failed} not delivered, {duration_formatted}',
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  bar.start(count, 0, { failed: 0 });
  return bar;
}

/** The keys that a receiver uses for the messages of a postback. */
async function keysOf({ document }: Outgoing): Promise<string[]> {
  if (document === undefined) return [];
  try {
    const results = parseBundle(document.source, { recover: true, encoding: document.charset });
    const notifications = results.flatMap(({ data }) => data ?? []);
    return await Promise.all(
      notifications.map(async (notification) => messageKey(notification) ?? contentKey(notification)),
    );
  } catch {
    // A file is sent even if it is not a postback.
    return [];
  }
}

/** One line for each attempt of a single postback. */
function attemptLines({ attempts }: DeliveryResult, stdout: Output): string {
  const { green, red, dim } = colorsOf(stdout);
  const lines = attempts.map((attempt) => {
    const answer = (attempt.status === 200 ? green : red)(answerOf(attempt));
    const body = attempt.status === 200 ? '' : onOneLine(attempt.answer ?? '');
    return `${answer} ${dim(`in ${attempt.durationMs.toFixed(1)} ms`)}${body === '' ? '' : ` ${body}`}\n`;
  });
  return lines.join('');
}

// Enough for an error message. A page in HTML is longer.
const MAX_SHOWN_LENGTH = 200;

/** The body of an answer: the start of its text. */
function onOneLine(body: string): string {
  const text = printable(body)
    .replace(/[\s\uFFFD]+/g, ' ')
    .trim();
  if (text.length <= MAX_SHOWN_LENGTH) return text;
  // Not half of a surrogate pair.
  return `${text.slice(0, MAX_SHOWN_LENGTH - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** The summary of many postbacks. */
function summaryText(tally: Tally, postbacks: number, seconds: number, stdout: Output): string {
  const { green, red, bold } = colorsOf(stdout);
  const { count, delivered, retries, answers } = tally;
  const { p50, p90, p99, max } = tally.latency();
  const perSecond = (count / seconds).toFixed(0);
  const unsent = postbacks === count ? '' : `, ${postbacks - count} of ${postbacks} not sent`;
  const rows = [...answers].map(
    ([answer, times]) => `  ${(answer === '200' ? green : red)(answer.padEnd(12))} ${times}`,
  );
  return [
    bold(`${delivered} of ${count} postbacks delivered in ${seconds.toFixed(1)} s (${perSecond} per second)${unsent}`),
    'Answers by status',
    ...rows,
    `Retries        ${retries}`,
    `Latency in ms  p50 ${p50}, p90 ${p90}, p99 ${p99}, max ${max}`,
    '',
  ].join('\n');
}
