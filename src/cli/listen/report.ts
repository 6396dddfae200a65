// What `listen` reports while it runs. json-report.ts and text-report.ts implement it.

import type { PostbackWarning } from '../../errors.ts';
import type { MediaError, MediaErrorCode, SavedFiles } from '../../media/node.ts';
import type { PostbackNotification } from '../../message.ts';
import type { ReceiverEvents } from '../../receive/events.ts';
import type { Rejection } from '../../use/http.ts';
import type { QueuedMessage } from './media-queue.ts';

/** One line of the file of messages. */
export type StoredNotification = PostbackNotification & {
  /** `context.key`: the same for each retry. */
  readonly key: string | undefined;
  /** When the postback arrived, in ISO 8601. */
  readonly arrivedAt: string;
  /** With --save-media: the folder of the files of an MMS. They are saved after the answer. */
  readonly media?: string;
  readonly warnings?: readonly PostbackWarning[];
};

/** What is known when the server has started. */
interface Listening {
  readonly url: string;
  /** The file of messages. */
  readonly out: string;
  /** The folder for the files of MMS. `undefined` if they are not saved. */
  readonly media: string | undefined;
  /** What contains the secret, in words. `undefined` if there is no secret. */
  readonly secretIn: string | undefined;
}

interface Rejected {
  readonly status: number;
  readonly codes: readonly string[];
  readonly reason?: string;
}

export interface ListenReport {
  readonly listening: (listening: Listening) => void;
  /** A message has been written to the file. */
  readonly message: (stored: StoredNotification, repairs: number) => void;
  /** A message has arrived again. */
  readonly duplicate: (event: ReceiverEvents['mo-postback:duplicate']) => void;
  /** A body could not be read. `file` contains it, if there was a body. Called before the answer. */
  readonly unreadable: (rejection: Rejection, file: string | undefined) => void;
  /** A request is answered with an error status. `reason` is for people. */
  readonly rejected: (answer: Rejected) => void;
  /** The files of an MMS are saved, as far as they could be fetched. `text`: what the sender wrote. */
  readonly media: (message: QueuedMessage, saved: SavedFiles, text: string) => void;
  /** Some files of an MMS could not be saved. They are tried again. */
  readonly mediaFailed: (message: QueuedMessage, saved: SavedFiles, nextTry: Date) => void;
  readonly problem: (text: string) => void;
  /** The command ends, also if it could not start. */
  readonly end: () => void;
}

/** The options of the command that allow what an error is about. */
const REMEDIES: Readonly<Partial<Record<MediaErrorCode, string>>> = {
  ADDRESS_NOT_ALLOWED: '--media-address',
  HOST_NOT_ALLOWED: '--media-host',
};

/** An error in words, with the option that helps. */
export function explained({ code, message }: MediaError): string {
  const option = REMEDIES[code];
  return option === undefined ? message : `${message} (option ${option})`;
}

/** The errors of the files that are missing. */
export function errorsOf(files: SavedFiles['files']): MediaError[] {
  return files.flatMap(({ error }) => (error === undefined ? [] : [error]));
}
