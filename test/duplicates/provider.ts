// A sender that behaves like the provider: it sends a postback again until it is answered 200, at most five times.

import { sleep } from '../helpers/sleep.ts';
import { below, CONCURRENCY, INTERVAL_MS, MESSAGES, PATIENCE_MS, random, TRIES } from './settings.ts';

/** What was sent. */
export interface Sent {
  postbacks: number;
  requests: number;
  retries: number;
  /** Postbacks that were never answered 200. */
  givenUp: number;
}

/** Sends all messages. `randomPort` returns the port of a receiver. */
export async function sendAll(randomPort: () => number): Promise<Sent> {
  const postbacks = makePostbacks();
  const sent: Sent = { postbacks: postbacks.length, requests: 0, retries: 0, givenUp: 0 };
  let open = 0;
  const deliveries: Promise<void>[] = [];
  for (const xml of postbacks) {
    while (open >= CONCURRENCY) await sleep(2);
    open++;
    deliveries.push(
      deliver(xml, sent, randomPort).finally(() => {
        open--;
      }),
    );
    if (deliveries.length % 20 === 0) await sleep(1);
  }
  await Promise.all(deliveries);
  return sent;
}

async function deliver(xml: string, sent: Sent, randomPort: () => number): Promise<void> {
  for (let n = 0; n < TRIES; n++) {
    if (n > 0) {
      sent.retries++;
      await sleep(INTERVAL_MS);
    }
    // Sometimes the same postback is sent to three receivers at the same time.
    const ports = Array.from({ length: random() < 0.15 ? 3 : 1 }, randomPort);
    sent.requests += ports.length;
    const areAccepted = await Promise.all(ports.map((port) => post(port, xml)));
    if (areAccepted.every(Boolean)) return;
  }
  sent.givenUp++;
}

/** Resolves to whether the answer is 200. */
async function post(port: number, xml: string): Promise<boolean> {
  try {
    const { status } = await fetch(`http://127.0.0.1:${String(port)}/`, {
      method: 'POST',
      body: xml,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return status === 200;
  } catch {
    return false;
  }
}

/** Postbacks with one message, or bundles. */
function makePostbacks(): string[] {
  const postbacks: string[] = [];
  for (let id = 0; id < MESSAGES;) {
    const size = random() < 0.8 ? 1 : Math.min(2 + below(12), MESSAGES - id);
    const all = Array.from({ length: size }, () => notification(id++));
    const content = size === 1 ? all : all.map((fields) => `<NOTIFICATION>${fields}</NOTIFICATION>`);
    postbacks.push(`<POSTBACK>${content.join('')}</POSTBACK>`);
  }
  return postbacks;
}

/**
 * The text tells the receiver what to do: server.js. Some callbacks take longer than the answer, some longer than the
 * lease.
 */
function notification(id: number): string {
  const ms = random() < 0.97 ? below(15) : random() < 0.6 ? 900 : 1500;
  const words = `${String(id)} ${String(ms)} ${random() < 0.004 ? 'pause' : 'go'}`;
  const common = '<CODE>N</CODE><FROM>15550104477</FROM><TO>86717</TO><TIMESTAMP>2014-02-03T11:19:49-05:00</TIMESTAMP>';
  if (id % 3 === 0) {
    return `<ORIGIN>MMS_MO</ORIGIN>${common}<TRACKINGID>T${String(id)}</TRACKINGID><SUBJECT>${words}</SUBJECT>`;
  }
  const transactionId = id % 3 === 1 ? `<TRANSACTIONID>X${String(id)}</TRANSACTIONID>` : '';
  return `<ORIGIN>SMS_MO</ORIGIN>${common}<TEXT>${words}</TEXT>${transactionId}`;
}
