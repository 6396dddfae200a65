// What is answered when every notification is handled, one cannot be read, or a hook or callback fails.

import { describe, expect, it } from 'vitest';
import { BAD_FIELDS, bundle, mmsFields, OTHER_FIELDS, single, smsFields } from '../helpers/documents.ts';
import { whats, XML } from './contract-under-test.ts';
import type { ContractUnderTest } from './contract-under-test.ts';

export function describeAnswers({ client }: ContractUnderTest): void {
  describe('answers', () => {
    it('answers 200 after it has called a callback for each notification, in the order of the document', async () => {
      const { post, journal } = client('plain');
      const answer = await post(bundle(smsFields('one'), mmsFields('M1'), OTHER_FIELDS, smsFields('two')));
      expect(answer).toMatchObject({ status: 200, text: '' });
      expect(await journal()).toMatchObject([
        { what: 'sms', text: 'one' },
        { what: 'mms', trackingId: 'M1' },
        { what: 'other' },
        { what: 'sms', text: 'two' },
      ]);
    });

    it('answers 200 to a notification of another kind if there is no onOther', async () => {
      expect(await client('without-hooks').post(single(OTHER_FIELDS))).toMatchObject({ status: 200, text: '' });
    });

    it('answers 200 with the headers and the body of successResponse', async () => {
      const { status, text, headers } = await client('success-response').post(single(smsFields('hi')));
      expect([status, text]).toEqual([200, 'Danke schön']);
      expect([headers.get('cache-control'), headers.get('x-provider')]).toEqual(['no-store', 'a']);
      expect(headers.get('content-type')?.toLowerCase()).toBe('text/plain; charset=utf-8');
      const withType = await client('success-type').post(single(smsFields('hi')));
      expect([withType.text, withType.headers.get('content-type')]).toEqual(['<OK/>', 'text/xml']);
      const withoutBody = await client('success-headers').post(single(smsFields('hi')));
      expect([withoutBody.text, withoutBody.headers.get('x-provider')]).toEqual(['', 'b']);
      expect(withoutBody.headers.has('x-none')).toBe(false);
    });

    it('uses successResponse only for the status 200', async () => {
      const { post } = client('success-response');
      const { status, text, headers } = await post('<');
      expect([status, text, headers.get('x-provider')]).toEqual([400, 'MALFORMED', null]);
    });

    it('answers 405 with Allow if the method is not POST', async () => {
      const { post, journal } = client('plain');
      const answer = await post(null, {}, 'GET');
      expect(answer).toMatchObject({ status: 405, text: 'METHOD_NOT_ALLOWED' });
      expect(answer.headers.get('allow')).toBe('POST');
      expect(await post(single(smsFields('hi')), XML, 'PUT')).toMatchObject({ status: 405 });
      expect(await journal()).toEqual([]);
    });

    it('answers 400 to an unreadable document, after it has called onReject with the bytes and the headers that describe them', async () => {
      const { post, journal } = client('plain');
      const headers = {
        ...XML,
        authorization: 'Basic c2VjcmV0',
        cookie: 'a=b',
        'proxy-authorization': 'x',
        'x-api-key': 'secret',
        'x-original-url': '/secret',
        referer: 'http://localhost/secret',
        'user-agent': 'Provider/1',
      };
      expect(await post('<html>', headers)).toMatchObject({ status: 400, text: 'NOT_A_POSTBACK' });
      const [rejection, ...others] = await journal();
      expect(others).toEqual([]);
      expect(rejection).toMatchObject({
        what: 'reject',
        codes: ['NOT_A_POSTBACK'],
        raw: '<html>',
        headers: {
          'content-type': expect.stringMatching(/^text\/xml(?:; charset=utf-8)?$/) as string,
          'user-agent': 'Provider/1',
        },
        hasRequest: true,
      });
      expect(Math.abs(Number(rejection?.['arrivedAgoMs']))).toBeLessThan(60_000);
      const described = ['content-type', 'content-encoding', 'content-length', 'user-agent', 'date'];
      expect(described).toEqual(expect.arrayContaining(Object.keys(rejection?.['headers'] as object)));
    });

    it('answers 400 to a bundle with an invalid notification; the valid ones are handled, and handled only once if the bundle is sent again', async () => {
      const { post, journal } = client('plain');
      const xml = bundle(smsFields('one'), BAD_FIELDS, mmsFields('M1'), BAD_FIELDS);
      expect(await post(xml)).toMatchObject({ status: 400, text: 'MISSING_FIELD' });
      expect(await post(xml)).toMatchObject({ status: 400, text: 'MISSING_FIELD' });
      const entries = await journal();
      expect(whats(entries).sort()).toEqual(['mms', 'reject', 'reject', 'sms']);
      expect(entries.find(({ what }) => what === 'reject')).toMatchObject({
        codes: ['MISSING_FIELD', 'MISSING_FIELD'],
        raw: xml,
      });
    });

    it('answers 400 to an unreadable document if there is no onReject', async () => {
      expect(await client('without-hooks').post('<html>')).toMatchObject({ status: 400 });
    });

    it('answers 200 if onReject accepted a body that arrived completely', async () => {
      const { post } = client('reject-accepted');
      expect(await post('<html>')).toMatchObject({ status: 200, text: '' });
      expect(await post(bundle(BAD_FIELDS))).toMatchObject({ status: 200 });
    });

    it.each(['reject-throwing', 'reject-hanging', 'reject-misspelt'])(
      'answers 500 if onReject throws, hangs, or resolves to an unknown string (%s)',
      async (situation) => {
        expect(await client(situation).post('<html>')).toMatchObject({ status: 500, text: 'ON_REJECT_FAILED' });
      },
    );

    it.each(['throwing', 'throwing-no-error', 'throwing-twice'])(
      'answers 500 if a callback throws, and calls the following callbacks of the bundle (%s)',
      async (situation) => {
        const { post, journal } = client(situation);
        expect(await post(bundle(smsFields('hi'), mmsFields('M1'), BAD_FIELDS))).toMatchObject({
          status: 500,
          text: 'CALLBACK_FAILED',
        });
        expect(whats(await journal()).sort()).toEqual(['mms', 'reject']);
      },
    );

    it('answers 500 if a callback throws and onError hangs', async () => {
      expect(await client('throwing-and-hanging').post(single(smsFields('hi')))).toMatchObject({
        status: 500,
        text: 'CALLBACK_FAILED',
      });
    });

    it('answers 200 if onError accepted what a callback threw; the message then counts as handled', async () => {
      const { post, journal } = client('throwing-accepted');
      for (let n = 0; n < 2; n++) expect(await post(single(smsFields('hi')))).toMatchObject({ status: 200 });
      expect(await journal()).toEqual([{ what: 'error', error: 'Error: of the application', kind: 'sms', attempt: 1 }]);
    });

    it('answers 500, then 200 if the callback succeeds at the retry, and counts the attempts', async () => {
      const { post, journal } = client('throwing-once');
      const xml = single(smsFields('hi'));
      expect([(await post(xml)).status, (await post(xml)).status, (await post(xml)).status]).toEqual([500, 200, 200]);
      expect(await journal()).toEqual([
        { what: 'try', attempt: 1 },
        { what: 'try', attempt: 2 },
      ]);
    });

    it('answers with the code of the error and nothing else, as plain text', async () => {
      const answer = await client('plain').post(single(`${smsFields('hi')}<CODE>secret</CODE>`));
      expect(answer).toMatchObject({ status: 400, text: 'DUPLICATE_FIELD' });
      expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    });
  });
}
