// What the servers of files share: `serve-media`, and `send` for local files.

import type { ReadStream, Stats } from 'node:fs';
import { createServer, STATUS_CODES } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, Server, ServerResponse } from 'node:http';
import sendFile from 'send';
import type { SendOptions } from 'send';
import { contentTypeOfFile } from './content-types.ts';

/** Creates a server that knows only GET and HEAD. */
export function createFileServer(serve: RequestListener): Server {
  return createServer((request, response) => {
    if (request.method === 'GET' || request.method === 'HEAD') serve(request, response);
    else answerError(response, 405, { allow: 'GET, HEAD' });
  });
}

/** The path of a request, percent-encoded, without the query. */
export function pathOf({ url }: IncomingMessage): string {
  return String(url).replace(/\?.*/s, '');
}

/** Percent-encodes a segment of a path, also the characters that a shell would interpret. */
export function encodeSegment(name: string): string {
  // Names on Windows may contain halves of surrogate pairs, which cannot be encoded.
  return encodeURIComponent(name.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The error that `send` emits if it cannot serve a file. */
interface HttpError {
  readonly code?: string;
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
}

/** A file to answer with. */
interface AnsweredFile extends Pick<SendOptions, 'root' | 'dotfiles' | 'acceptRanges'> {
  /** Percent-encoded. Below `root`, or absolute. */
  readonly path: string;
  /** Whether the file, which exists, may be served. */
  readonly isServed: (file: string) => boolean;
}

/** Answers with a file if it is a regular one. */
export function answerFile(
  request: IncomingMessage,
  response: ServerResponse,
  { path, isServed, ...options }: AnsweredFile,
): void {
  sendFile(request, path, { ...options, index: false })
    .on('error', ({ code, status, headers }: HttpError) => {
      // A symbolic link that leads to itself.
      answerError(response, code === 'ELOOP' ? 404 : status, headers);
    })
    .on('directory', () => {
      answerError(response, 404);
    })
    .on('file', (file: string, stats: Stats) => {
      // Reading a pipe or a device might never end.
      if (!stats.isFile() || !isServed(file)) answerError(response, 404);
    })
    .on('headers', (_, file: string) => response.setHeader('content-type', contentTypeOfFile(file)))
    .on('stream', (stream: ReadStream) => {
      stream.once('end', () => {
        // The file has become shorter: the client would wait for the rest.
        if (stream.bytesRead < Number(response.getHeader('content-length'))) response.destroy();
      });
    })
    .pipe(response);
}

export function answerError(response: ServerResponse, status: number, headers: OutgoingHttpHeaders = {}): void {
  if (response.headersSent) {
    // Reading the file failed after its first bytes.
    if (!response.writableEnded) response.destroy();
    return;
  }
  // Those of the file, for example its length: it may have been deleted just before it was opened.
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(`${String(STATUS_CODES[status])}\n`);
}
