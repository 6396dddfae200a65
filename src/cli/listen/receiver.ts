// The receiver of `listen`: appends messages to the file, and stores bodies that could not be read.

import type { IncomingMessage, RequestListener } from 'node:http';
import { memoryDedupe } from '../../dedupe/memory.ts';
import type { DedupeStore } from '../../dedupe/store.ts';
import type { PostbackNotification } from '../../message.ts';
import { createHandler } from '../../use/http.ts';
import type { Handler, NotificationContext, Rejection } from '../../use/http.ts';
import { reasonOf } from '../failure.ts';
import type { Journal } from './journal.ts';
import { MediaSaver } from './media-saver.ts';
import type { SaveMediaSettings } from './media-saver.ts';
import { openMessageFile } from './message-file.ts';
import { refusing } from './refusals.ts';
import { defaultRejectedFolder, makeRejectedFolder, removeAbandoned, storeRejection } from './rejected-folder.ts';
import type { ListenReport, StoredNotification } from './report.ts';
import { secretAuthorizer } from './secret.ts';

interface ReceiverSettings {
  readonly path: string;
  readonly secret: string | undefined;
  readonly out: string;
  readonly rejected: string | undefined;
  readonly defaultOffset: string | undefined;
  /** Where the files of MMS are saved. `undefined`: they are not. */
  readonly saveMedia: SaveMediaSettings | undefined;
  readonly report: ListenReport;
}

interface ListenReceiver {
  readonly listener: RequestListener;
  /** Waits for the callbacks that have started, at most this long, and closes the file of messages. */
  readonly close: (timeoutMs: number) => Promise<void>;
}

/**
 * Opens the file of messages, and makes the folder for rejected bodies.
 * @throws Failure
 */
export async function openReceiver(settings: ReceiverSettings): Promise<ListenReceiver> {
  const { out, rejected: rejectedFolder = defaultRejectedFolder(out), saveMedia, report } = settings;
  const dedupe = memoryDedupe();
  const journal = await openMessageFile(out, rejectedFolder, dedupe, report);
  let saver: MediaSaver | undefined;
  try {
    // Not earlier: no folder is made if the file of messages cannot be opened.
    await makeRejectedFolder(rejectedFolder);
    await removeAbandoned(rejectedFolder);
    if (saveMedia !== undefined) saver = await MediaSaver.open(saveMedia, report);
  } catch (error) {
    await journal.close();
    throw error;
  }
  const handler = createReceiver({ ...settings, rejectedFolder, dedupe, journal, saver });
  const listener = refusing(settings, handler, report.rejected);
  return {
    listener(request, response) {
      response.once('close', () => saver?.answered(request));
      listener(request, response);
    },
    async close(timeoutMs) {
      await handler.drain(timeoutMs);
      await saver?.close();
      await journal.close();
    },
  };
}

interface OpenedFiles {
  readonly rejectedFolder: string;
  readonly dedupe: DedupeStore;
  readonly journal: Journal;
  readonly saver: MediaSaver | undefined;
}

function createReceiver(settings: ReceiverSettings & OpenedFiles): Handler {
  const { secret, out, saveMedia, defaultOffset, rejectedFolder, dedupe, journal, saver, report } = settings;
  const store = async (
    notification: PostbackNotification,
    { key, warnings, request }: NotificationContext<IncomingMessage>,
  ): Promise<void> => {
    // First: if the process is killed after the next step, the provider sends the message again as a duplicate.
    const media = notification.kind === 'mms' ? await saver?.add(notification, request) : undefined;
    const stored: StoredNotification = {
      ...notification,
      key,
      arrivedAt: new Date().toISOString(),
      ...(media === undefined ? {} : { media }),
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
  return createHandler({
    dedupe,
    defaultOffset,
    onSms: store,
    onMms: store,
    onOther: store,
    onReject,
    onError(error) {
      const places = saveMedia === undefined ? out : `${out}, or its files to ${saveMedia.folder}`;
      report.problem(
        `Cannot write a message to ${places}: ${reasonOf(error)}. The answer is 500, so that the provider sends ` +
          'the postback again.',
      );
    },
    // All messages of a bundle are written to the disk together. They stay in wire order.
    concurrency: 1000,
    ...(secret === undefined ? {} : { authorize: secretAuthorizer(secret) }),
  });
}
