// fetchFiles: the files of a message, one after the other.

import { download } from './download.ts';
import type { OpenFile } from './download.ts';
import { MediaError } from './errors.ts';
import type { AttemptFailure } from './errors.ts';
import type { MessageFile } from './location.ts';
import type { FailedFile, FetchedFile } from './options.ts';
import { Session } from './session.ts';
import type { MediaSettings } from './settings.ts';
import type { CreateTransport } from './transport.ts';

/** The files of a message with their indices. */
export function filesOf(urls: readonly string[]): MessageFile[] {
  return urls.map((url, index) => ({ index, url }));
}

/** Returns the error as a result. Throws everything that is not a MediaError, such as the reason of a signal. */
export function failedFile({ index, url }: MessageFile, error: unknown): FailedFile {
  if (!(error instanceof MediaError)) throw error;
  return { success: false, index, url, error };
}

export async function* fetchAll(
  urls: readonly string[],
  settings: MediaSettings,
  createTransport: CreateTransport,
): AsyncGenerator<FetchedFile | FailedFile, void> {
  const session = new Session(settings, createTransport);
  try {
    for (const file of filesOf(urls)) {
      let body: FileBody | undefined;
      try {
        body = await download(file, session, (open) => FileBody.of(open, session));
      } catch (error) {
        yield failedFile(file, error);
        continue;
      }
      const { contentType, size } = body.open;
      try {
        yield {
          success: true,
          ...file,
          ...(contentType === undefined ? {} : { contentType }),
          ...(size === undefined ? {} : { size }),
          body: body.stream,
        };
      } finally {
        body.cancel();
      }
    }
  } finally {
    session.close();
  }
}

/** The body of one file, as a stream. */
class FileBody {
  readonly open: OpenFile;
  readonly stream: ReadableStream<Uint8Array>;
  readonly #session: Session;
  // Read before the stream is made: until then a lost connection can be tried again.
  #first: Uint8Array | undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  static async of(open: OpenFile, session: Session): Promise<FileBody> {
    return new FileBody(open, session, await open.read());
  }

  private constructor(open: OpenFile, session: Session, first: Uint8Array | undefined) {
    this.open = open;
    this.#session = session;
    this.#first = first;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => {
          this.#end(false);
        },
      },
      { highWaterMark: 0 },
    );
    if (first === undefined) this.#close();
  }

  /** Errors a stream that was not read to its end. */
  cancel(): void {
    const message = 'The rest of the body was given up, because the next file was asked for, or none';
    this.#controller?.error(new DOMException(message, 'AbortError'));
    this.#end(false);
  }

  async #pull(): Promise<void> {
    const chunk = this.#first ?? (await this.#read());
    this.#first = undefined;
    if (chunk === undefined) this.#close();
    else this.#controller?.enqueue(chunk);
  }

  /** Throws what the reader of the stream gets. */
  async #read(): Promise<Uint8Array | undefined> {
    try {
      return await this.open.read();
    } catch (failure) {
      this.#end(false);
      throw this.#session.isAbortedByCaller ? this.#session.signal.reason : (failure as AttemptFailure).error;
    }
  }

  #close(): void {
    this.#controller?.close();
    this.#end(true);
  }

  #end(isKept: boolean): void {
    this.#controller = undefined;
    this.open.end(isKept);
  }
}
