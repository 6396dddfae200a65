// The summary of several postbacks, for people.

import { colorsOf, printable } from '../terminal.ts';
import type { Output } from '../terminal.ts';
import type { Tally } from './tally.ts';

const MAX_SHOWN_FILES = 20;

interface Counts {
  /** How many should have been sent. */
  readonly postbacks: number;
  readonly seconds: number;
  /** What was sent, if it was read from files. */
  readonly files: readonly string[];
}

export function summaryText(tally: Tally, { postbacks, seconds, files }: Counts, stdout: Output): string {
  const { bold } = colorsOf(stdout);
  const { count, delivered, retries } = tally;
  const { p50, p90, p99, max } = tally.latency();
  const perSecond = (count / seconds).toFixed(0);
  const unsent = postbacks === count ? '' : `, ${postbacks - count} of ${postbacks} not sent`;
  return [
    bold(`${delivered} of ${count} postbacks delivered in ${seconds.toFixed(1)} s (${perSecond} per second)${unsent}`),
    'Answers by status',
    ...answerRows(tally, stdout),
    `Retries        ${retries}`,
    `Latency in ms  p50 ${p50}, p90 ${p90}, p99 ${p99}, max ${max}`,
    ...failureRows(tally, files),
    '',
  ].join('\n');
}

function answerRows({ labels }: Tally, stdout: Output): string[] {
  const { green, red } = colorsOf(stdout);
  const width = Math.max(12, ...[...labels.keys()].map((label) => label.length + 1));
  return [...labels].map(([label, times]) => `  ${(label === '200' ? green : red)(label.padEnd(width))} ${times}`);
}

/** The files that were not delivered, in their order. A single file needs no row. */
function failureRows({ failures }: Tally, files: readonly string[]): string[] {
  const failed = [...new Set(files)].filter((file) => failures.has(file));
  if (failed.length === 0 || files.length === 1) return [];
  const rows = failed.slice(0, MAX_SHOWN_FILES).map((file) => `  ${printable(`${file}: ${failures.get(file)}`)}`);
  const more = failed.length - rows.length;
  return ['Not delivered', ...rows, ...(more === 0 ? [] : [`  and ${more} more`])];
}
