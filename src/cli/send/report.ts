// What `send` prints: a progress bar, and at the end the answer or a summary.

import { Presets, SingleBar } from 'cli-progress';
import { contentKey, messageKey } from '../../key.ts';
import { parseBundle } from '../../parse.ts';
import type { DeliveryResult } from '../../testing/deliver.ts';
import { canRedraw, colorsOf, printable, write } from '../terminal.ts';
import type { Output, Terminal } from '../terminal.ts';
import type { Outgoing } from './postbacks.ts';
import { answerOf, Tally } from './tally.ts';

export interface SendReport {
  readonly delivery: (n: number, postback: Outgoing, result: DeliveryResult) => Promise<void>;
  /** Ends the measured time. */
  readonly stop: () => void;
  /** Prints the summary. Resolves to whether all postbacks were delivered. */
  readonly summary: () => Promise<boolean>;
}

/** The measured time starts now. */
export function createReport(
  { count, json }: { readonly count: number; readonly json?: boolean | undefined },
  { stdout, stderr }: Terminal,
): SendReport {
  const isJson = json === true;
  const tally = new Tally();
  const bar = isJson || count === 1 || !canRedraw(stderr) ? undefined : startBar(stderr, count);
  const since = performance.now();
  let seconds = 0;
  return {
    async delivery(n, postback, result) {
      tally.add(result);
      bar?.update(tally.count, { failed: tally.count - tally.delivered });
      if (isJson)
        await write(stdout, `${JSON.stringify({ event: 'delivery', n, keys: await keysOf(postback), ...result })}\n`);
    },
    stop() {
      bar?.stop();
      seconds = (performance.now() - since) / 1000;
    },
    async summary() {
      if (isJson) await write(stdout, `${JSON.stringify({ event: 'summary', ...tally.summary(count, seconds) })}\n`);
      else await write(stdout, count === 1 ? attemptLines(tally, stdout) : summaryText(tally, count, seconds, stdout));
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
  try {
    const notifications = parseBundle(document, { recover: true }).flatMap(({ data }) => data ?? []);
    return await Promise.all(
      notifications.map(async (notification) => messageKey(notification) ?? contentKey(notification)),
    );
  } catch {
    // A file is sent even if it is not a postback.
    return [];
  }
}

/** One line for each attempt of a single postback. */
function attemptLines({ last }: Tally, stdout: Output): string {
  const { green, red, dim } = colorsOf(stdout);
  const lines = (last?.attempts ?? []).map((attempt) => {
    const answer = (attempt.status === 200 ? green : red)(answerOf(attempt));
    const body = attempt.status === 200 ? '' : printable((attempt.answer ?? '').trim());
    return `${answer} ${dim(`in ${attempt.durationMs.toFixed(1)} ms`)}${body === '' ? '' : ` ${body}`}\n`;
  });
  return lines.length === 0 ? 'No answer was received.\n' : lines.join('');
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
