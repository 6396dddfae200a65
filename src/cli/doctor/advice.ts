// What to change on a server, by its answer.

import type { Probe } from './probes.ts';

/** Answers whose reason is the server or its URL, whatever was posted. */
const ABOUT_SERVER: readonly (readonly [answers: RegExp, advice: string])[] = [
  [/^2/, 'Answer exactly 200. For a provider, any other status means that the postback failed.'],
  [
    /^3/,
    'Providers do not follow redirects. Give them the final URL: check http or https, www., and the slash at the end.',
  ],
  [
    /^40[13]$/,
    'Put the secret into the URL, or user name and password: https://user:password@host/path. If the server ' +
      'checks addresses, allow the address that the requests come from.',
  ],
  [/^(?:404|410)$/, 'Nothing is served at this path. Correct the path of the URL, or the route of the server.'],
  [/^405$/, 'The server does not accept POST at this path. Correct the path of the URL, or the method of the route.'],
  [/^408$/, 'The server did not wait for the whole body. Allow at least 5 seconds for it.'],
  [/^411$/, 'Accept bodies without Content-Length (Transfer-Encoding: chunked). Often a proxy refuses them.'],
  [
    /^413$/,
    'Raise the limit for bodies to at least 2 MiB: of the server, of the body parser (limit in Express) and of ' +
      'the proxy (client_max_body_size in nginx).',
  ],
  [
    /^415$/,
    'Accept this Content-Type. Providers send several types, also wrong ones or none: look at how the body starts. ' +
      'Put the receiver before body parsers.',
  ],
  [/^429$/, 'Do not limit the rate of requests to this URL: bundles and retries arrive all at once.'],
  [/^50[24]$/, 'A proxy got no answer from the server behind it. See the logs of both.'],
  [/^503$/, 'The server was overloaded or too slow, or its database could not be reached. See its log.'],
  [
    /^HPE_/,
    'The answer is not valid HTTP. Check that the port is that of an HTTP server, and http or https in the URL.',
  ],
  [/^Z_/, 'The body of the answer does not match its Content-Encoding. Send answers without compression.'],
  [
    /^(?:E|UND_)/,
    'The connection was closed without an answer. See the log of the server: it may have crashed. Check http or ' +
      'https in the URL.',
  ],
];

/** Answers whose reason can be what was posted. */
const ABOUT_CONTENT: readonly (readonly [answers: RegExp, advice: string])[] = [
  [
    /^TIMEOUT$/,
    'Answer within 10 seconds, and do slow work after the answer. If the server waits for a body that a body parser ' +
      'has read already, put the receiver before body parsers.',
  ],
  [/^5/, 'The server failed. See its log.'],
  [
    /./,
    'The server could not read the postback. See its log. Read the body as it is, before a body parser changes it, ' +
      'and accept unknown fields.',
  ],
];

/**
 * What to change if a probe was not answered as it should be.
 * @param answer - a status, `TIMEOUT` or an error code
 * @param isPlainRight - whether the plain probe was answered as it should be. If it was not, the reason is not what is
 *   special about this probe
 */
export function adviceOn({ advice }: Probe, answer: string, isPlainRight: boolean): string {
  const general = (table: typeof ABOUT_SERVER): string | undefined =>
    table.find(([answers]) => answers.test(answer))?.[1];
  return general(ABOUT_SERVER) ?? (isPlainRight ? advice : undefined) ?? String(general(ABOUT_CONTENT));
}
