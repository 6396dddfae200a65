// What `doctor` prints: a row for each probe, and what to change.

import type { DeliveryAttempt } from '../../testing/deliver.ts';
import { answerOf } from '../send/answers.ts';
import { colorsOf, columnsOf, printable, quoted, write } from '../terminal.ts';
import type { Output } from '../terminal.ts';
import type { Probe } from './probes.ts';

/** What a probe has shown. */
export interface Outcome {
  readonly probe: Probe;
  readonly attempt: DeliveryAttempt;
  /** What to change. `undefined` if the answer is right. */
  readonly advice: string | undefined;
}

export interface DoctorReport {
  readonly outcome: (outcome: Outcome) => Promise<void>;
  /** `total`: the number of all probes, including those that were not run. */
  readonly summary: (outcomes: readonly Outcome[], total: number) => Promise<void>;
}

export function jsonReport(stdout: Output): DoctorReport {
  const print = (line: object): Promise<void> => write(stdout, `${JSON.stringify(line)}\n`);
  return {
    outcome({ probe: { name, accepted }, attempt, advice }) {
      const { status, error, durationMs } = attempt;
      const isRight = advice === undefined;
      const answer = excerptOf(attempt);
      return print({ event: 'probe', name, status, error, answer, durationMs, accepted, isRight, advice });
    },
    summary: (outcomes, total) =>
      print({ event: 'summary', probes: total, run: outcomes.length, right: rightOf(outcomes) }),
  };
}

export function textReport(stdout: Output): DoctorReport {
  const { bold, dim, green, red } = colorsOf(stdout);
  let isStarted = false;
  return {
    async outcome({ probe, attempt, advice }) {
      if (!isStarted) await write(stdout, dim(row('', 'probe', 'answer', 'time', 'right')));
      isStarted = true;
      const [mark, color] = advice === undefined ? ['ok', green] : ['wrong', red];
      const time = `${attempt.durationMs.toFixed(0)} ms`;
      await write(stdout, color(row(mark, probe.name, answerOf(attempt), time, probe.accepted.join('/'))));
    },
    async summary(outcomes, total) {
      const [right, unrun] = [rightOf(outcomes), total - outcomes.length];
      const counts = `${right} of ${outcomes.length} probes are right${unrun === 0 ? '' : `, ${unrun} were not run`}.`;
      await write(stdout, `\n${bold(counts)}${right === outcomes.length ? '' : ' What to change:'}\n`);
      for (const change of changesOf(outcomes)) await write(stdout, `\n${changeText(change, outcomes.length, stdout)}`);
    },
  };
}

function rightOf(outcomes: readonly Outcome[]): number {
  return outcomes.filter(({ advice }) => advice === undefined).length;
}

/** At most 60 characters, so that it fits narrow terminals. */
function row(mark: string, name: string, answer: string, time: string, right: string): string {
  return `${mark.padEnd(5)}  ${name.padEnd(18)}  ${answer.padEnd(10)}  ${time.padStart(8)}  ${right}\n`;
}

/** An answer and its advice, and the probes that were answered so. */
interface Change {
  readonly answer: string;
  readonly advice: string;
  readonly excerpt: string | undefined;
  readonly names: string[];
}

/** Each change once. */
function changesOf(outcomes: readonly Outcome[]): Iterable<Change> {
  const changes = new Map<string, Change>();
  for (const { probe, attempt, advice } of outcomes) {
    if (advice === undefined) continue;
    const answer = answerOf(attempt);
    const change = changes.get(answer + advice) ?? { answer, advice, excerpt: excerptOf(attempt), names: [] };
    change.names.push(probe.name);
    changes.set(answer + advice, change);
  }
  return changes.values();
}

function changeText({ answer, advice, excerpt, names }: Change, run: number, stdout: Output): string {
  const columns = columnsOf(stdout);
  const probes = names.length === run ? 'all probes' : names.join(', ');
  const said = excerpt === undefined ? '' : indented(`The server said ${quoted(excerpt)}.`, columns);
  return (
    indented(`${answer}: ${probes}`, columns, '').replace(answer, colorsOf(stdout).red) +
    said +
    indented(advice, columns)
  );
}

/** The start of the answer's first line. `undefined` if the answer is empty or contains HTML. */
function excerptOf({ answer = '' }: DeliveryAttempt): string | undefined {
  const line = answer.trim().replace(/[\r\n][^]*$/, '');
  return line === '' || /<[a-z!?]/i.test(answer) ? undefined : printable(line.slice(0, 60));
}

/** Lines that are not longer than `columns`, unless a word is. */
function indented(text: string, columns: number, indent = '  '): string {
  const width = Math.max(20, columns - indent.length);
  return text.replace(new RegExp(`(\\S{${width},}|.{1,${width}})(?: |$)`, 'g'), `${indent}$1\n`);
}
