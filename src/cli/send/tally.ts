// Counts and times of the deliveries of `send`.

import type { DeliveryAttempt, DeliveryResult } from '../../testing/deliver.ts';

export class Tally {
  /** Postbacks that were sent, each repetition counted. */
  count = 0;
  delivered = 0;
  retries = 0;
  /** How many attempts had this status or error. */
  readonly answers: Map<string, number> = new Map<string, number>();
  readonly #durations: number[] = [];

  add(result: DeliveryResult): void {
    const { isDelivered, attempts } = result;
    this.count++;
    if (isDelivered) this.delivered++;
    this.retries += attempts.length - 1;
    for (const attempt of attempts) {
      const answer = answerOf(attempt);
      this.answers.set(answer, 1 + (this.answers.get(answer) ?? 0));
      this.#durations.push(attempt.durationMs);
    }
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

/** The status of an attempt, or why it has none. */
export function answerOf({ status, error }: DeliveryAttempt): string {
  return error ?? String(status);
}

function rounded(number: number): number {
  return Math.round(number * 100) / 100;
}
