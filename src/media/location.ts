// Which URLs may be fetched. Addresses are checked elsewhere: only Node.js can see them.

import { AttemptFailure, MediaError } from './errors.ts';
import type { MediaErrorCode } from './errors.ts';
import { canonicalHost } from './settings.ts';
import type { MediaSettings } from './settings.ts';

/** A file of a message. */
export interface MessageFile {
  readonly index: number;
  readonly url: string;
}

// https://fetch.spec.whatwg.org/#port-blocking
const BAD_PORTS = new Set(
  (
    '0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 ' +
    '123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 ' +
    '993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080'
  ).split(' '),
);

/**
 * Parses the URL of a file, or of a redirect from `base`.
 * @throws AttemptFailure with BAD_URL or HOST_NOT_ALLOWED
 */
export function locationOf(text: string, { index }: MessageFile, settings: MediaSettings, base?: URL): URL {
  const from = base === undefined ? 'The URL' : 'The URL of a redirect';
  const fail = (code: MediaErrorCode, problem: string, url?: URL): never => {
    throw new AttemptFailure(new MediaError(code, problem, { index, host: url?.host }), {
      canRetry: false,
    });
  };
  const url =
    parse(text, base) ?? fail('BAD_URL', `${from} cannot be read. Expected one that starts with https:// or http://`);
  const { protocol, username, password, port } = url;
  if (protocol !== 'https:' && (settings.httpsOnly || protocol !== 'http:')) {
    fail('BAD_URL', `${from} has another scheme. Expected ${settings.httpsOnly ? 'https' : 'https or http'}`, url);
  }
  if (username !== '' || password !== '') fail('BAD_URL', `${from} contains credentials. Expected none`, url);
  if (BAD_PORTS.has(port))
    fail('BAD_URL', `${from} has a port of another protocol, which browsers refuse, too. Expected another port`, url);
  if (!isAllowedHost(canonicalHost(url), settings)) {
    fail('HOST_NOT_ALLOWED', `The host is not in allowHosts`, url);
  }
  return url;
}

function parse(text: string, base: URL | undefined): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined;
}

function isAllowedHost(host: string, { allowHosts }: MediaSettings): boolean {
  if (allowHosts === undefined) return true;
  return allowHosts.some((pattern) => (pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern));
}
