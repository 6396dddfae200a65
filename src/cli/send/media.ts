// The files of a picture message, which are served until the receiver has fetched them.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Terminal } from '../terminal.ts';
import { jsonMediaReport, textMediaReport } from './media-report.ts';
import { startPartServer } from './part-server.ts';
import { readParts } from './parts.ts';
import type { MmsFile, Part } from './parts.ts';

export interface MediaOptions {
  readonly mms: readonly MmsFile[] | undefined;
  /** The text of a picture message. */
  readonly text?: string | undefined;
  /** How long local files are served after the deliveries, in seconds. */
  readonly serveFor: number;
  readonly serveHost: string;
  readonly json?: boolean | undefined;
}

interface Media {
  /** The URLs of all parts, in wire order. `undefined`: no picture message is sent. */
  readonly urls: readonly string[] | undefined;
  /** Waits until each local file was fetched, the time is over, or the command is stopped. Then says what is left. */
  readonly untilFetched: () => Promise<void>;
  readonly close: () => void;
}

/**
 * Reads the files, and starts a server if there is anything to serve.
 * @throws Failure
 */
export async function openMedia(options: MediaOptions, { stdout, signal }: Terminal): Promise<Media> {
  const { mms, text, serveFor, serveHost, json } = options;
  if (mms === undefined) return { urls: undefined, ...NOTHING_SERVED };
  const parts = await readParts(mms, text);
  const localParts = parts.flatMap((part) => ('url' in part ? [] : [part]));
  if (localParts.length === 0) return { urls: urlsOf(parts, ''), ...NOTHING_SERVED };
  const report = json === true ? jsonMediaReport(stdout) : textMediaReport(stdout);
  const server = await startPartServer(localParts, serveHost, report.fetched);
  report.serving(server);
  return {
    urls: urlsOf(parts, server.origin),
    async untilFetched() {
      report.waiting(server, serveFor);
      await Promise.race([server.fetched, elapsed(serveFor, signal)]);
      if (server.unfetched.size > 0) report.unfetched([...server.unfetched]);
    },
    close: server.close,
  };
}

const NOTHING_SERVED: Omit<Media, 'urls'> = { untilFetched: () => Promise.resolve(), close: () => undefined };

function urlsOf(parts: readonly Part[], origin: string): readonly string[] {
  return parts.map((part) => ('url' in part ? part.url : origin + part.urlPath));
}

/** Resolves after some seconds, or when the signal aborts. The timer does not keep the process running. */
async function elapsed(seconds: number, signal: AbortSignal): Promise<void> {
  await sleep(1000 * seconds, undefined, { signal, ref: false }).catch(() => undefined);
}
