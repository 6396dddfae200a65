// Requests that `listen` refuses before its receiver sees them.

import type { IncomingMessage, RequestListener } from 'node:http';
import { CLOSE } from '../../receive/answer.ts';
import { send } from '../../use/shared/node.ts';
import type { ListenReport } from './report.ts';

interface Admission {
  readonly path: string;
  readonly secret: string | undefined;
}

type Refusal = Parameters<ListenReport['rejected']>[0];

/** Calls the listener for requests that may reach it. Answers all others, and calls `onRefused`. */
export function refusing(
  { path, secret }: Admission,
  listener: RequestListener,
  onRefused: (refusal: Refusal) => void,
): RequestListener {
  const isAtPath = pathMatcher(path);
  return (request, response) => {
    const refusal = !isAtPath(String(request.url))
      ? { status: 404, codes: ['NOT_FOUND'] }
      : secret === undefined
        ? refusalOfBrowser(request)
        : undefined;
    if (refusal === undefined) {
      listener(request, response);
      return;
    }
    onRefused(refusal);
    const headers = { 'content-type': 'text/plain', ...CLOSE };
    send({ status: refusal.status, headers, body: `${refusal.codes.join()}\n` }, request, response);
  };
}

/** Matches URLs at a path and below it. */
function pathMatcher(path: string): (url: string) => boolean {
  const below = path.replace(/\/?$/, '/');
  return (url) => {
    const pathname = url.replace(/\?.*/s, '');
    return pathname === path || pathname.startsWith(below);
  };
}

/**
 * Any web page can make a browser post to this machine. Browsers then send one of these headers, providers never do.
 * The header Host is not checked: tunnels forward their public name.
 */
function refusalOfBrowser({ headers }: IncomingMessage): Refusal | undefined {
  const header = ['Origin', 'Sec-Fetch-Site'].find((name) => headers[name.toLowerCase()] !== undefined);
  if (header === undefined) return undefined;
  const reason = `A browser has sent this request: it has the header ${header}. Use --secret to accept such requests.`;
  return { status: 403, codes: ['FORBIDDEN'], reason };
}
