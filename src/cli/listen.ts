// `mo-postback listen`: a receiver that keeps what is posted to it.

import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { anyOf, secretInPath, secretInQuery } from '../authorize.ts';
import type { ReadyAuthorizer } from '../authorize.ts';
import { memoryDedupe } from '../dedupe/memory.ts';
import type { DedupeStore } from '../dedupe/store.ts';
import type { PostbackNotification } from '../message.ts';
import type { ReceiverEvents } from '../receive/events.ts';
import { createHandler } from '../use/http.ts';
import type { NotificationContext, Rejection } from '../use/http.ts';
import { Journal, makeFolder, syncFolder } from './journal.ts';
import { codeOf, colorsOf, Failure, harmless, quoted, reasonOf, View } from './terminal.ts';
import type { Output, Terminal } from './terminal.ts';

export interface ListenOptions {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly secret: string | undefined;
  readonly out: string;
  readonly rejected: string | undefined;
  readonly defaultOffset: string | undefined;
  readonly json?: boolean | undefined;
}

/** What a line of the file holds beside the notification. */
interface Arrival {
  /** As `context.key`: the same for each retry. */
  readonly key: string | undefined;
  /** When it arrived here. */
  readonly arrivedAt: string;
}

// As long as a receiver by itself knows a message: a provider's retries end after 25 minutes.
const KNOWN_MS = 30 * 60_000;
// What is in progress may end: less than it takes for somebody to lose patience.
const DRAIN_MS = 8000;

/** Serves until the signal aborts; resolves when all that was begun is done. */
export async function listen(options: ListenOptions, { stdout, signal }: Terminal): Promise<void> {
  const { port, host, path, secret, out, json } = options;
  const rejectedFolder = options.rejected ?? join(dirname(out), 'rejected');
  const report = json ? eventsOn(stdout) : viewOn(stdout);
  try {
    await makeFolder(rejectedFolder);
  } catch (error) {
    const reason = reasonOf(error);
    if (options.rejected === undefined)
      throw new Failure(`Cannot make a folder beside ${out}: ${reason}. Choose another file with --out.`);
    throw new Failure(
      `Cannot make the folder ${rejectedFolder} for what is rejected: ${reason}. Choose another with --rejected.`,
    );
  }
  const dedupe = memoryDedupe();
  const journal = await openJournal(out, rejectedFolder, dedupe, report);

  const keep = async (notification: PostbackNotification, { key, warnings }: NotificationContext): Promise<void> => {
    const arrival: Arrival = { key, arrivedAt: new Date().toISOString() };
    const kept = { ...notification, ...arrival, ...(warnings.length === 0 ? {} : { warnings }) };
    await journal.append(JSON.stringify(kept));
    report.message(kept, warnings.length);
  };
  const handler = createHandler({
    dedupe,
    defaultOffset: options.defaultOffset,
    onSms: keep,
    onMms: keep,
    onOther: keep,
    async onReject(rejection) {
      try {
        report.rejected(rejection, await keepRejected(rejectedFolder, rejection));
      } catch (error) {
        report.problem(
          `A body that was rejected could not be written to ${rejectedFolder}: ${reasonOf(error)}. It is answered 500, so that it is sent again.`,
        );
        throw error;
      }
    },
    // The messages of a bundle go to the disk together, in wire order all the same.
    concurrency: 1000,
    onError(error) {
      report.problem(
        `A message could not be written to ${out}: ${reasonOf(error)}. It is answered 500, so that it is sent again.`,
      );
    },
    ...(secret === undefined ? {} : { authorize: authorizer(secret) }),
  });
  const server = createServer((request, response) => {
    const pathname = String(request.url).replace(/\?.*/s, '');
    if (pathname === path || pathname.startsWith(path.replace(/\/?$/, '/'))) handler(request, response);
    else response.writeHead(404, { 'content-type': 'text/plain', connection: 'close' }).end('NOT_FOUND\n');
  });
  const onDuplicate = (event: unknown): void => {
    report.duplicate(event as ReceiverEvents['duplicate']);
  };
  const onRefused = (event: unknown): void => {
    report.refused(event as ReceiverEvents['rejected']);
  };
  subscribe('mo-postback:duplicate', onDuplicate);
  subscribe('mo-postback:rejected', onRefused);
  try {
    const bound = await listening(server, port, host);
    report.listening(originOf(host, bound) + path, options);
    await aborted(signal);
    server.close();
    await handler.drain(DRAIN_MS);
    server.closeAllConnections();
  } finally {
    unsubscribe('mo-postback:duplicate', onDuplicate);
    unsubscribe('mo-postback:rejected', onRefused);
    await journal.close();
    report.end();
  }
}

/** The secret as a segment behind the path, or as `?secret=` in the query. */
export function authorizer(secret: string): ReadyAuthorizer {
  return anyOf(secretInPath(secret), secretInQuery('secret', secret));
}

const HOST_FAULTS = ['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'EINVAL'];

/** Resolves to the port. */
export function listening(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const isOfHost = HOST_FAULTS.includes(String(codeOf(error)));
      const what = isOfHost
        ? '--host; 0.0.0.0 is all addresses of this machine'
        : '--port; --port 0 takes any that is free';
      reject(
        new Failure(
          `Cannot listen on port ${String(port)} of ${host}: ${reasonOf(error)}. Choose another with ${what}.`,
        ),
      );
    });
    server.listen(port, host, () => {
      // A server on a port has such an address; others are of pipes.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

export function originOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}

async function openJournal(out: string, rejectedFolder: string, dedupe: DedupeStore, report: Report): Promise<Journal> {
  const known: string[] = [];
  const since = Date.now() - KNOWN_MS;
  const onLine = (line: string): boolean => {
    const { key, arrivedAt } = arrivalOf(line);
    if (typeof key === 'string') known.push(key);
    // Of a line that is not ours nothing is known, and what stands before it may be.
    return typeof arrivedAt !== 'string' || Date.parse(arrivedAt) >= since;
  };
  const onPiece = async (piece: Uint8Array): Promise<void> => {
    const name = join(rejectedFolder, `${nameOf(piece)}.partial`);
    try {
      await writeFile(name, piece, { flush: true });
      await syncFolder(rejectedFolder);
    } catch (error) {
      throw new Failure(
        `Cannot write to ${name}: ${reasonOf(error)}. The end of ${out} belongs there: a write of it was cut short. Choose another folder with --rejected.`,
      );
    }
    report.problem(
      `The last line of ${out} was not whole: a write was cut short, and not answered 200. It was moved to ${name}.`,
    );
  };
  let journal: Journal;
  try {
    journal = await Journal.open(out, onLine, onPiece);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`Cannot write to ${out}: ${reasonOf(error)}. Choose another file with --out.`);
  }
  // What was written before a crash, and not answered, comes again.
  for (const key of known.reverse()) {
    const claim = await dedupe.claim(key, KNOWN_MS);
    if (claim.state === 'claimed') await dedupe.complete(key, claim.token, KNOWN_MS);
  }
  return journal;
}

function arrivalOf(line: string): { readonly [Name in keyof Arrival]?: unknown } {
  try {
    return Object(JSON.parse(line)) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

/** By its content: each retry of it is the same file. */
function nameOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16);
}

/** Resolves to the file that holds the body, if there is one. */
async function keepRejected(folder: string, { errors, raw, headers }: Rejection): Promise<string | undefined> {
  if (raw === undefined) return undefined;
  const name = join(folder, nameOf(raw));
  await writeFile(`${name}.body`, raw, { flush: true });
  const told = { rejectedAt: new Date().toISOString(), errors, headers };
  await writeFile(`${name}.json`, `${JSON.stringify(told, undefined, 2)}\n`, { flush: true });
  await syncFolder(folder);
  return `${name}.body`;
}

/** Tells of what happens. */
interface Report {
  readonly listening: (url: string, options: ListenOptions) => void;
  readonly message: (kept: PostbackNotification & Arrival, mends: number) => void;
  readonly duplicate: (event: ReceiverEvents['duplicate']) => void;
  /** Of what could be kept, before the answer. */
  readonly rejected: (rejection: Rejection, file: string | undefined) => void;
  /** Of everything that is not answered 200 for what it is. */
  readonly refused: (event: ReceiverEvents['rejected']) => void;
  readonly problem: (text: string) => void;
  readonly end: () => void;
}

/** For machines: a JSON object a line. */
function eventsOn(stdout: Output): Report {
  const tell = (event: string, details: object): void =>
    void stdout.write(`${JSON.stringify({ event, ...details })}\n`);
  return {
    listening: (url, { out }) => {
      tell('listening', { url, out });
    },
    message: (message, mends) => {
      tell('message', { message, mends });
    },
    duplicate: ({ kind }) => {
      tell('duplicate', { kind });
    },
    rejected: ({ errors }, file) => {
      tell('unreadable', { errors, file });
    },
    refused: ({ status, codes }) => {
      tell('rejected', { status, codes });
    },
    problem: (message) => {
      tell('problem', { message });
    },
    end: () => undefined,
  };
}

/** For people. */
function viewOn(stdout: Output): Report {
  const { bold, dim, green, red, yellow } = colorsOf(stdout);
  const view = new View(stdout, dim);
  const count = { messages: 0, duplicates: 0, rejected: 0 };
  const line = (text: string): void => {
    view.line(`${dim(new Date().toTimeString().slice(0, 8))} ${text}`);
    view.status(
      `${amount(count.messages, 'message')}, ${amount(count.duplicates, 'duplicate')}, ${String(count.rejected)} rejected. Ctrl-C ends it.`,
    );
  };
  return {
    listening(url, { out, secret }) {
      const open = secret === undefined ? url : `${url.replace(/\/$/, '')}/SECRET`;
      view.line(`${bold(`Listening on ${open}`)}${secret === undefined ? '' : ' (SECRET is what --secret says)'}`);
      view.line(`Messages are kept in ${out}. In another terminal, send one:`);
      view.line(`  npx mo-postback send ${open} --sms 'Hello'`);
    },
    message(kept, mends) {
      count.messages++;
      line(
        `${green(kept.kind.toUpperCase().padEnd(5))} ${summaryOf(kept)}${mends === 0 ? '' : yellow(` (mended in ${amount(mends, 'place')})`)}`,
      );
    },
    duplicate({ kind }) {
      count.duplicates++;
      line(dim(`${kind.toUpperCase().padEnd(5)} known already, answered 200`));
    },
    rejected({ errors }, file) {
      for (const { code, message } of errors) line(`${red(code)} ${harmless(message)}`);
      if (file !== undefined) line(dim(`      kept in ${file}`));
    },
    refused({ status, codes }) {
      count.rejected++;
      line(`${red(String(status))}   ${codes.join(', ')}`);
    },
    problem(text) {
      line(yellow(harmless(text)));
    },
    end() {
      view.end();
    },
  };
}

function summaryOf(notification: PostbackNotification): string {
  if (notification.kind === 'other') return `${quoted(notification.origin)} ${quoted(notification.code ?? '')}`;
  const { from, to } = notification;
  const words = notification.kind === 'sms' ? [notification.text] : [notification.subject ?? '', ...notification.files];
  return [
    `${quoted(from).slice(1, -1)} → ${quoted(to).slice(1, -1)}`,
    ...words.filter((word, n) => n > 0 || word !== '' || notification.kind === 'sms').map(quoted),
  ].join('  ');
}

function amount(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
