// What `send` prints: a progress bar, and at the end the answer or a summary.

import { Presets, SingleBar } from 'cli-progress';
import { parseBundle } from '../../parse.ts';
import { completeKeys, keyed } from '../../receive/keys.ts';
import type { DeliveryResult } from '../../testing/deliver.ts';
import { canRedraw, colorsOf, printable, write } from '../terminal.ts';
import type { Output, Terminal } from '../terminal.ts';
import { answerOf, answerText, errorWords } from './answers.ts';
import type { Outgoing } from './outgoing.ts';
import { summaryText } from './summary.ts';
import { Tally } from './tally.ts';

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
  /** The files that are sent. */
  readonly file?: readonly string[] | undefined;
  readonly json?: boolean | undefined;
}

export interface SendReport {
  readonly delivery: (delivery: Delivery) => Promise<void>;
  /** Ends the measured time. */
  readonly stop: () => void;
  /** Whether any postback was delivered. */
  readonly isAnyDelivered: () => boolean;
  /** Prints the summary. Resolves to whether all postbacks were delivered. */
  readonly summary: () => Promise<boolean>;
}

// As receivers make keys by default.
const KEYS = { contentKeys: true, keyPrefix: '' };

/** The measured time starts now. */
export function createReport(
  { total, repeat, file: files = [], json }: Expected,
  { stdout, stderr }: Terminal,
): SendReport {
  const isJson = json === true;
  const isSingle = total === 1;
  const count = total * (repeat + 1);
  const tally = new Tally();
  const bar = isJson || isSingle || !canRedraw(stderr) ? undefined : startBar(stderr, count);
  const since = performance.now();
  let seconds = 0;
  return {
    async delivery({ n, repetition, postback, result }) {
      const { file } = postback;
      tally.add(result, file);
      bar?.update(tally.count, { failed: tally.count - tally.delivered });
      if (isJson) {
        const event = { event: 'delivery', n, file, repetition, keys: await keysOf(postback), ...result };
        await write(stdout, `${JSON.stringify(event)}\n`);
      } else if (isSingle) await write(stdout, attemptLines(result, singleKey(await keysOf(postback)), stdout));
    },
    stop() {
      bar?.stop();
      seconds = (performance.now() - since) / 1000;
    },
    isAnyDelivered: () => tally.delivered > 0,
    async summary() {
      if (isJson) await write(stdout, `${JSON.stringify({ event: 'summary', ...tally.summary(count, seconds) })}\n`);
      else if (!isSingle) await write(stdout, summaryText(tally, { postbacks: count, seconds, files }, stdout));
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
    const all = results.flatMap(({ data }) => (data === undefined ? [] : keyed(data, KEYS)));
    await completeKeys(all, KEYS);
    return all.map(({ key }) => key);
  } catch {
    // A file is sent even if it is not a postback.
    return [];
  }
}

/** The key of a postback with one message. */
function singleKey(keys: readonly string[]): string | undefined {
  return keys.length === 1 ? keys[0] : undefined;
}

/** One line for each attempt of a single postback. `key`: the key of its message, if there is one message. */
function attemptLines({ attempts }: DeliveryResult, key: string | undefined, stdout: Output): string {
  const { green, red, dim } = colorsOf(stdout);
  const lines = attempts.map((attempt) => {
    const isRight = attempt.status === 200;
    const [words, text] = [errorWords(attempt), answerText(attempt)];
    return [
      (isRight ? green : red)(answerOf(attempt)),
      dim(` in ${attempt.durationMs.toFixed(1)} ms`),
      words === undefined ? '' : `: ${words}`,
      text === '' ? '' : ` ${text}`,
      isRight && key !== undefined ? dim(`  ${printable(key)}`) : '',
      '\n',
    ].join('');
  });
  return lines.join('');
}
