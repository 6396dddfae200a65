// One request and its answer.

import { errorAnswer } from './answer.ts';
import type { Answer, AnswerCode } from './answer.ts';
import type { BodyLimits } from './body.ts';
import type { Claims } from './claims.ts';
import { now } from './deadline.ts';
import { publish } from './events.ts';
import type { InFlight } from './in-flight.ts';
import type { ReceiverOptions } from './options.ts';
import type { PostbackRequest } from './request.ts';
import type { ReceiverSettings } from './settings.ts';

/** What all requests of a receiver share. */
export interface ReceiverState<Req> {
  readonly options: ReceiverOptions<Req>;
  readonly settings: ReceiverSettings;
  /** `undefined` without `dedupe`. */
  readonly claims: Claims | undefined;
  readonly inFlight: InFlight;
}

let requests = 0;

/** A request that is being answered. Also the limits of its body. Times are those of `now()`. */
export class Exchange<Req> implements BodyLimits {
  readonly receiver: ReceiverState<Req>;
  readonly postback: PostbackRequest<Req>;
  /** Identifies the request in events. */
  readonly requestId: number = ++requests;
  /** When the headers arrived, in terms of `now()`. */
  readonly startedAt: number = now();
  readonly answerUntil: number;
  readonly bodyUntil: number;
  readonly maxBytes: number;
  /** Work that continues after the answer. */
  background: Promise<unknown> | undefined;
  #bytes = 0;

  constructor(receiver: ReceiverState<Req>, postback: PostbackRequest<Req>) {
    const { ackTimeoutMs, bodyTimeoutMs, maxBytes } = receiver.settings;
    this.receiver = receiver;
    this.postback = postback;
    this.answerUntil = this.startedAt + ackTimeoutMs;
    this.bodyUntil = Math.min(this.startedAt + bodyTimeoutMs, this.answerUntil);
    this.maxBytes = maxBytes;
  }

  /** When the headers arrived. */
  get arrivedAt(): Date {
    return new Date(Date.now() - (now() - this.startedAt));
  }

  /** @throws Overload */
  onBytes(length: number): void {
    this.#bytes += length;
    this.receiver.inFlight.addBytes(length);
  }

  /** Of the bytes that were added, only these are still kept. */
  keepBytes(length: number): void {
    this.receiver.inFlight.removeBytes(this.#bytes - length);
    this.#bytes = length;
  }

  /** Publishes that the request is refused, and returns the answer. */
  refuse(status: number, code: AnswerCode, headers?: Answer['headers']): Answer {
    publish('mo-postback:rejected', this.startedAt, { requestId: this.requestId, status, codes: [code] });
    return errorAnswer(status, code, headers);
  }

  /** The request is done when it is answered and nothing continues in the background. */
  finish(): void {
    const done = (): void => {
      this.keepBytes(0);
      this.receiver.inFlight.removeRequest();
    };
    if (this.background === undefined) done();
    else void this.background.then(done, done);
  }
}
