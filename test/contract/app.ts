// The application behind every server of the contract, the same on each framework and runtime. A path names a situation
// and an instance of it (`/throwing/3`). Each instance has its own handler and a journal of its calls, which clients
// can read (`/throwing/3/journal`). Imports nothing that some runtimes lack.

import { sleep } from '../helpers/sleep.ts';

/** The calls, in their order. */
type Journal = Entry[];

/** One call. */
export interface Entry {
  readonly what: string;
  readonly [detail: string]: unknown;
}

/** The parts of messages, contexts and rejections that are written to the journal. */
interface Notification {
  readonly kind: string;
  readonly text?: string;
  readonly trackingId?: string;
}
interface Context {
  readonly key: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly deadline: Date;
  readonly warnings: readonly { readonly code: string }[];
  readonly raw: Uint8Array;
}
interface Rejection {
  readonly errors: readonly { readonly code: string; readonly message: string }[];
  readonly raw?: Uint8Array | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly arrivedAt: Date;
}
interface Head {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly remoteAddress: string | undefined;
}

const never = (): Promise<never> => new Promise(() => undefined);
const fail = (): never => {
  throw new Error('of the application');
};

/** A store with faults. Keeps claims in a Map. */
function store(faults: Partial<Record<'claim' | 'complete' | 'renew', () => unknown>>) {
  const claims = new Map<string, string>();
  return {
    async claim(key: string) {
      await faults.claim?.();
      const state = claims.get(key);
      if (state !== undefined) return { state };
      claims.set(key, 'in-progress');
      return { state: 'claimed', token: 'mine', attempt: 1 };
    },
    async renew() {
      return (await faults.renew?.()) ?? true;
    },
    async complete(key: string) {
      await faults.complete?.();
      claims.set(key, 'done');
    },
    async release(key: string) {
      await Promise.resolve(claims.delete(key));
    },
  };
}

/** The options of a handler, by the name of the situation. */
const SITUATIONS: Readonly<Record<string, (note: (entry: Entry) => void) => Record<string, unknown>>> = {
  plain: () => ({}),
  // Notes no bodies: with a bundle of 300, these would be 300 copies of it.
  brief: (note) => {
    const onMessage = ({ kind, text }: Notification, { warnings }: Context): void => {
      note({ what: kind, text, warnings: warnings.map(({ code }) => code) });
    };
    return { onSms: onMessage, onMms: onMessage, onOther: onMessage };
  },
  'without-hooks': () => ({ onOther: undefined, onReject: undefined }),
  'success-response': () => ({
    successResponse: { headers: { 'Cache-Control': 'no-store', 'x-provider': 'a' }, body: 'Danke schön' },
  }),
  'success-type': () => ({ successResponse: { headers: { 'content-type': 'text/xml' }, body: '<OK/>' } }),
  'success-headers': () => ({ successResponse: { headers: { 'x-provider': 'b', 'x-none': undefined } } }),
  'key-prefix': () => ({ keyPrefix: 'account-1/' }),
  throwing: () => ({ onSms: fail }),
  'throwing-no-error': () => ({ onSms: () => Promise.reject('of the application') }), // eslint-disable-line @typescript-eslint/prefer-promise-reject-errors
  'throwing-once': (note) => {
    let count = 0;
    return {
      onSms: (_: Notification, { attempt }: Context) => {
        note({ what: 'try', attempt });
        if (++count === 1) fail();
      },
    };
  },
  'throwing-accepted': (note) => ({
    onSms: fail,
    onError: (error: unknown, { kind }: Notification, { attempt }: Context) => {
      note({ what: 'error', error: String(error), kind, attempt });
      return 'accepted';
    },
  }),
  'throwing-twice': () => ({ onSms: fail, onError: fail }),
  'throwing-and-hanging': () => ({ onSms: fail, onError: never, ackTimeoutMs: 150, callbackTimeoutMs: 300 }),
  'reject-accepted': () => ({ onReject: () => 'accepted' }),
  'reject-misspelt': () => ({ onReject: () => Promise.resolve('acepted') }),
  'reject-throwing': () => ({ onReject: fail }),
  'reject-hanging': () => ({ onReject: never, ackTimeoutMs: 150 }),
  small: () => ({ maxBytes: 1000, maxNotificationLength: 700 }),
  'slow-body': () => ({ bodyTimeoutMs: 100 }),
  strict: () => ({ recover: false }),
  authorized: (note) => ({
    authorize: ({ method, url, headers, remoteAddress }: Head) => {
      note({ what: 'authorize', method, url, secret: headers['x-secret'], remoteAddress });
      return Promise.resolve(true);
    },
  }),
  unauthorized: () => ({ authorize: () => false }),
  'unauthorized-truthy': () => ({ authorize: () => 'yes' }),
  'authorize-throwing': () => ({ authorize: fail }),
  'authorize-hanging': () => ({ authorize: never, bodyTimeoutMs: 100 }),
  slow: (note) => ({
    ackTimeoutMs: 150,
    onSms: async ({ text }: Notification) => {
      await sleep(1200);
      note({ what: 'done', text });
    },
  }),
  'never-done': (note) => ({
    ackTimeoutMs: 100,
    callbackTimeoutMs: 250,
    onSms: (_: Notification, { signal }: Context) => {
      signal.addEventListener('abort', () => {
        note({ what: 'abort', reason: (signal.reason as Error).name });
      });
      return never();
    },
  }),
  // Of 20 callbacks of 20 ms each, some are done when the first answer is sent.
  'slow-bundle': (note) => ({
    ackTimeoutMs: 150,
    onSms: async ({ text }: Notification) => {
      await sleep(20);
      note({ what: 'done', text });
    },
  }),
  concurrent: (note) => {
    let running = 0;
    return {
      concurrency: 3,
      onSms: async () => {
        note({ what: 'running', running: ++running });
        await sleep(10);
        running--;
      },
    };
  },
  'without-dedupe': () => ({ dedupe: false }),
  'without-content-keys': () => ({ contentKeys: false }),
  'store-down': () => ({ dedupe: store({ claim: fail }) }),
  'store-hanging': () => ({ dedupe: store({ claim: never }), storeTimeoutMs: 50 }),
  'store-down-behind': () => ({ dedupe: store({ complete: fail }) }),
  'store-hanging-behind': () => ({ dedupe: store({ complete: never }), storeTimeoutMs: 50 }),
  'lease-lost': (note) => ({
    dedupe: store({ renew: () => false }),
    leaseMs: 30,
    onSms: async (_: Notification, { signal }: Context) => {
      while (!signal.aborted) await sleep(5);
      note({ what: 'abort', reason: (signal.reason as Error).name });
    },
  }),
  'busy-callback': (note) => ({
    onSms: async () => {
      await sleep(200);
      note({ what: 'done' });
    },
  }),
  busy: () => ({ maxInFlight: 1, onSms: () => sleep(1000) }),
  full: () => ({ maxInFlightBytes: 1000 }),
  draining: () => ({}),
};

const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

/** An instance of a situation. */
export interface Instance<Handler> {
  readonly handler: Handler;
  readonly journal: Journal;
}

/**
 * Finds the instance that a path names, and creates it the first time. `isJournal`: the path is that of the journal.
 */
export function createApp<Handler extends { drain(ms: number): Promise<unknown> }>(
  createHandler: (options: never) => Handler,
) {
  const instances = new Map<string, Instance<Handler>>();
  return (path: string): (Instance<Handler> & { isJournal: boolean }) | undefined => {
    const [, situation = '', id = '', last] = path.split(/[/?]/);
    const options = SITUATIONS[situation];
    if (options === undefined) return undefined;
    const name = `${situation}/${id}`;
    let instance = instances.get(name);
    if (instance === undefined) {
      const journal: Journal = [];
      const note = (entry: Entry): void => {
        journal.push(entry);
      };
      const onMessage = (
        { kind, text, trackingId }: Notification,
        { key, attempt, signal, deadline, warnings, raw }: Context,
      ): void => {
        note({
          what: kind,
          text,
          trackingId,
          key,
          attempt,
          isAborted: signal.aborted,
          deadlineMs: deadline.getTime() - Date.now(),
          warnings: warnings.map(({ code }) => code),
          raw: latin1(raw),
        });
      };
      const handler = createHandler({
        onSms: onMessage,
        onMms: onMessage,
        onOther: onMessage,
        onReject: ({ errors, raw, headers, arrivedAt }: Rejection, { request }: { request: object }) => {
          note({
            what: 'reject',
            codes: errors.map(({ code }) => code),
            messages: errors.map(({ message }) => message),
            raw: raw && latin1(raw),
            headers,
            arrivedAgoMs: Date.now() - arrivedAt.getTime(),
            hasRequest: 'headers' in request,
          });
        },
        ...options(note),
      } as never);
      if (situation === 'draining') void handler.drain(0);
      instance = { handler, journal };
      instances.set(name, instance);
    }
    return { ...instance, isJournal: last === 'journal' };
  };
}
