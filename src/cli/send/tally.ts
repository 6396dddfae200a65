// Counts and times of the deliveries of `send`.

import type { DeliveryResult } from '../../testing/deliver.ts';
import { answerLabel, answerOf, answerSummary } from './answers.ts';

export class Tally {
  /** Postbacks that were sent, each repetition counted. */
  count = 0;
  delivered = 0;
  retries = 0;
  /** How many attempts had this status or error. */
  readonly answers: Map<string, number> = new Map<string, number>();
  /** The same, with the code in the answer and the words for the error. */
  readonly labels: Map<string, number> = new Map<string, number>();
  /** The last answer to each file that was not delivered. */
  readonly failures: Map<string, string> = new Map<string, string>();
  readonly #durations: number[] = [];

  /** `file`: what was sent, if it was read from a file. */
  add({ isDelivered, attempts }: DeliveryResult, file: string | undefined): void {
    this.count++;
    if (isDelivered) this.delivered++;
    this.retries += attempts.length - 1;
    for (const attempt of attempts) {
      increment(this.answers, answerOf(attempt));
      increment(this.labels, answerLabel(attempt));
      this.#durations.push(attempt.durationMs);
    }
    const last = attempts.at(-1);
    if (!isDelivered && file !== undefined && last !== undefined) this.failures.set(file, answerSummary(last));
  }

  /** Percentiles of the durations of all attempts, in milliseconds. 0 if there was no attempt. */
  latency(): Record<'p50' | 'p90' | 'p99' | 'max', number> {
    const sorted = Float64Array.from(this.#durations).sort();
    const percentile = (percent: number): number =>
      rounded(sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0);
    return { p50: percentile(50), p90: percentile(90), p99: percentile(99), max: percentile(100) };
  }

  /** The summary as JSON. `postbacks`: how many should have been sent. */
  summary(postbacks: number, seconds: number): object {
    const { count, delivered, retries, answers } = this;
    return {
      postbacks,
      sent: count,
      delivered,
      retries,
      seconds: rounded(seconds),
      answers: Object.fromEntries(answers),
      latencyMs: this.latency(),
    };
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, 1 + (counts.get(key) ?? 0));
}

function rounded(number: number): number {
  return Math.round(number * 100) / 100;
}
