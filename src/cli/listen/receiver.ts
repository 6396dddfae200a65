// The HTTP server of `listen`: appends messages to the file, and stores bodies that could not be read.

import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { DedupeStore } from '../../dedupe/store.ts';
import type { PostbackNotification } from '../../message.ts';
import { CLOSE } from '../../receive/answer.ts';
import { createHandler } from '../../use/http.ts';
import { send } from '../../use/shared/node.ts';
import type { NotificationContext, Rejection } from '../../use/http.ts';
import { reasonOf } from '../failure.ts';
import type { Journal } from './journal.ts';
import { storeRejection } from './rejected-folder.ts';
import type { ListenReport, StoredNotification } from './report.ts';
import { secretAuthorizer } from './secret.ts';

interface ServerSettings {
  readonly path: string;
  readonly secret: string | undefined;
  readonly out: string;
  readonly defaultOffset: string | undefined;
  readonly rejectedFolder: string;
  readonly dedupe: DedupeStore;
  readonly journal: Journal;
  readonly report: ListenReport;
}

interface ReceiverServer {
  readonly server: Server;
  /** Waits for the callbacks that have started, at most this long. */
  readonly drain: (timeoutMs: number) => Promise<unknown>;
}

export function createReceiverServer(settings: ServerSettings): ReceiverServer {
  const { path, secret, out, defaultOffset, rejectedFolder, dedupe, journal, report } = settings;
  const store = async (notification: PostbackNotification, { key, warnings }: NotificationContext): Promise<void> => {
    const stored: StoredNotification = {
      ...notification,
      key,
      arrivedAt: new Date().toISOString(),
      ...(warnings.length === 0 ? {} : { warnings }),
    };
    await journal.append(JSON.stringify(stored));
    report.message(stored, warnings.length);
  };
  const onReject = async (rejection: Rejection): Promise<void> => {
    try {
      report.unreadable(rejection, await storeRejection(rejectedFolder, rejection));
    } catch (error) {
      report.problem(
        `Cannot write a rejected body to ${rejectedFolder}: ${reasonOf(error)}. The answer is 500, so that the ` +
          'provider sends the postback again.',
      );
      throw error;
    }
  };
  const handler = createHandler({
    dedupe,
    defaultOffset,
    onSms: store,
    onMms: store,
    onOther: store,
    onReject,
    onError(error) {
      report.problem(
        `Cannot write a message to ${out}: ${reasonOf(error)}. The answer is 500, so that the provider sends ` +
          'the postback again.',
      );
    },
    // All messages of a bundle are written to the disk together. They stay in wire order.
    concurrency: 1000,
    ...(secret === undefined ? {} : { authorize: secretAuthorizer(secret) }),
  });
  const onNotFound = (): void => {
    report.rejected({ status: 404, codes: ['NOT_FOUND'] });
  };
  return { server: createServer(atPath(path, handler, onNotFound)), drain: (timeoutMs) => handler.drain(timeoutMs) };
}

/** Calls the listener for requests at the path and below it. Answers 404 to all others, and calls `onNotFound`. */
function atPath(path: string, listener: RequestListener, onNotFound: () => void): RequestListener {
  const below = path.replace(/\/?$/, '/');
  return (request, response) => {
    const pathname = String(request.url).replace(/\?.*/s, '');
    if (pathname === path || pathname.startsWith(below)) {
      listener(request, response);
      return;
    }
    onNotFound();
    send({ status: 404, headers: { 'content-type': 'text/plain', ...CLOSE }, body: 'NOT_FOUND\n' }, request, response);
  };
}
