// Requests that are refused at once.

import { describe, expect, it } from 'vitest';
import { single, smsFields } from '../helpers/documents.ts';
import type { ContractUnderTest } from './contract-under-test.ts';

export function describeOverload({ client, closesConnection, includes, itStreams }: ContractUnderTest): void {
  describe('overload', () => {
    it('answers 503 to more than maxInFlight requests', async () => {
      const { post } = client('busy');
      const answers = await Promise.all([post(single(smsFields('one'))), post(single(smsFields('two')))]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 503]);
      expect(answers.map(({ text }) => text).sort()).toEqual(['', 'OVERLOADED']);
      expect(await post(single(smsFields('two')))).toMatchObject({ status: 200 });
    });

    itStreams('answers 503 to bodies of more than maxInFlightBytes together', async () => {
      const { post } = client('full');
      expect(await post(' '.repeat(1001))).toMatchObject({ status: 503, text: 'OVERLOADED' });
      expect(await post(single(smsFields('hi')))).toMatchObject({ status: 200 });
    });

    it('answers 503 to every request after drain was called, and closes the connection', async () => {
      const { raw, path } = client('draining');
      const xml = single(smsFields('hi'));
      const answer = await raw(
        `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${String(xml.length)}\r\n\r\n${xml}`,
        includes('DRAINING'),
      );
      expect(answer).toMatch(/^HTTP\/1\.1 503 /);
      if (closesConnection) expect(answer).toMatch(/^connection: close\r$/im);
      expect(answer).toMatch(/DRAINING/);
    });
  });
}
