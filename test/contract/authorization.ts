// Who may post.

import { describe, expect, it } from 'vitest';
import { single, smsFields } from '../helpers/documents.ts';
import { whats, XML } from './contract-under-test.ts';
import type { ContractUnderTest } from './contract-under-test.ts';

export function describeAuthorization({ client, includes, itStreams, knowsAddress }: ContractUnderTest): void {
  describe('authorize', () => {
    it('admits a request if authorize resolves to true, and passes it method, URL, headers and address', async () => {
      const { post, journal, path } = client('authorized');
      expect(await post(single(smsFields('hi')), { ...XML, 'X-Secret': 's' }, 'POST', '?a=b%20c&d=e')).toMatchObject({
        status: 200,
      });
      const [head, ...others] = await journal();
      expect(head).toMatchObject({
        what: 'authorize',
        method: 'POST',
        secret: 's',
        ...(knowsAddress ? { remoteAddress: expect.stringMatching(/127\.0\.0\.1$/) as string } : {}),
      });
      expect(String(head?.['url']).replace('b+c', 'b%20c')).toBe(`${path}?a=b%20c&d=e`);
      expect(whats(others)).toEqual(['sms']);
    });

    it.each([['unauthorized'], ['unauthorized-truthy']])(
      'answers 401 if authorize returns anything but true (%s)',
      async (situation) => {
        const { post, journal } = client(situation);
        const answer = await post(single(smsFields('hi')));
        expect(answer).toMatchObject({ status: 401, text: 'UNAUTHORIZED' });
        expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="postback"/);
        expect(await journal()).toEqual([]);
      },
    );

    it.each([['authorize-throwing'], ['authorize-hanging']])(
      'answers 503 if authorize throws or hangs (%s)',
      async (situation) => {
        const { post, journal } = client(situation);
        expect(await post(single(smsFields('hi')))).toMatchObject({ status: 503, text: 'AUTHORIZE_FAILED' });
        expect(await journal()).toEqual([]);
      },
    );

    itStreams('answers 401 without waiting for the body', async () => {
      const { raw, path } = client('unauthorized');
      const answer = await raw(
        `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n<POST`,
        includes('UNAUTHORIZED'),
      );
      expect(answer).toMatch(/^HTTP\/1\.1 401 .*UNAUTHORIZED/s);
    });
  });
}
