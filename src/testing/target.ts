// Where to send a postback.

import { toBinaryString } from '../read/binary-string.ts';

export interface Target {
  /** Without user name and password: `fetch` refuses such URLs. */
  readonly url: URL;
  /** The credentials of the URL. */
  readonly headers: Readonly<Record<string, string>>;
}

/** @throws TypeError for anything but an http or https URL */
export function parseTarget(given: string | URL): Target {
  if (!URL.canParse(String(given)))
    throw new TypeError('url: expected a URL, for example http://localhost:8080/postback');
  const url = new URL(given);
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`url: expected an http or https URL, got ${url.protocol}`);
  const { username, password } = url;
  if (username === '' && password === '') return { url, headers: {} };
  url.username = '';
  url.password = '';
  return { url, headers: { authorization: basicCredentials(username, password) } };
}

/** RFC 7617. */
function basicCredentials(username: string, password: string): string {
  let credentials: string;
  try {
    credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    throw new TypeError('url: expected a percent-encoded user name and password');
  }
  return `Basic ${btoa(toBinaryString(new TextEncoder().encode(credentials)))}`;
}
