// The report of `listen --json`: one JSON object per line.

import type { Output } from '../terminal.ts';
import { errorsOf } from './report.ts';
import type { ListenReport } from './report.ts';

export function jsonReport(stdout: Output): ListenReport {
  const print = (event: string, details: object): void =>
    void stdout.write(`${JSON.stringify({ event, ...details })}\n`);
  return {
    listening: ({ url, out, media }) => {
      print('listening', { url, out, media });
    },
    message: (message, repairs) => {
      print('message', { message, repairs });
    },
    duplicate: ({ kind }) => {
      print('duplicate', { kind });
    },
    unreadable: ({ errors }, file) => {
      print('unreadable', { errors, file });
    },
    rejected: ({ status, codes, reason }) => {
      print('rejected', { status, codes, reason });
    },
    media: ({ from, to }, { directory, files }, text) => {
      print('media', { from, to, directory, files, text });
    },
    mediaFailed: ({ from, to }, { directory, files }, nextTry) => {
      print('media-failed', { from, to, directory, errors: errorsOf(files), nextTry });
    },
    problem: (message) => {
      print('problem', { message });
    },
    end: () => undefined,
  };
}
