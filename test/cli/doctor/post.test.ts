// How `mo-postback doctor` posts.

import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { isUnreachable, postProbe } from '../../../src/cli/doctor/post.ts';
import { createProbes } from '../../../src/cli/doctor/probes.ts';
import { listening } from '../../helpers/server.ts';

describe('a probe with a slow body', () => {
  it('arrives in five chunks, and may take longer than the timeout', async () => {
    const [probe] = createProbes('86717').filter(({ isSlow }) => isSlow);
    if (probe === undefined) throw new Error('There is no slow probe');
    let head: IncomingMessage | undefined;
    const chunks: Buffer[] = [];
    const port = await listening(
      createServer((request, response) => {
        head = request;
        request.on('data', (chunk: Buffer) => chunks.push(chunk)).once('end', () => response.end());
      }),
    );
    const attempt = await postProbe(probe, {
      url: `http://ann:geheim@127.0.0.1:${String(port)}/`,
      headers: { 'x-token': 'abc' },
      // Sending the body takes 2 seconds.
      timeoutMs: 1900,
      signal: new AbortController().signal,
    });
    expect(attempt).toMatchObject({ status: 200 });
    expect(head?.headers).toMatchObject({
      'content-type': 'text/xml',
      'transfer-encoding': 'chunked',
      authorization: `Basic ${btoa('ann:geheim')}`,
      'x-token': 'abc',
    });
    expect(chunks).toHaveLength(5);
    expect(Buffer.concat(chunks)).toEqual(Buffer.from(probe.postback.body));
  });
});

describe('a server', () => {
  const attempt = { startedAt: new Date(), durationMs: 1 };

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED', 'bad port'])(
    'is unreachable if the error is %s',
    (error) => {
      expect(isUnreachable({ ...attempt, error })).toBe(true);
    },
  );

  it.each(['TIMEOUT', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])('is reachable if the error is %s', (error) => {
    expect(isUnreachable({ ...attempt, error })).toBe(false);
  });

  it('is reachable if it has answered', () => {
    expect(isUnreachable({ ...attempt, status: 500 })).toBe(false);
  });
});
