import { describe, expect, it } from 'vitest';
import { createReceiver } from '../../src/receive/receive.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';

const bad = postbackRequest(alreadyRead('<html>'));
const good = postbackRequest(alreadyRead(single(smsFields('hi', 'T1'))));
const failing = { ...callbacks, onSms: () => Promise.reject(new Error('mine')) };

describe('the hooks of a receiver', () => {
  it.each<[string, unknown, number, string]>([
    ["'accepted'", 'accepted', 200, ''],
    ['nothing', undefined, 400, 'NOT_A_POSTBACK'],
    ['a number', 7, 400, 'NOT_A_POSTBACK'],
    ['a misspelt string', 'acepted', 500, 'ON_REJECT_FAILED'],
    ['another string', 'stored', 500, 'ON_REJECT_FAILED'],
  ])('decide the answer by what onReject resolves to: %s', async (_, result, status, body) => {
    const receiver = createReceiver({ ...callbacks, onReject: () => Promise.resolve(result) });
    expect(await receiver.answer(bad)).toMatchObject({ status, body });
  });

  it('cannot accept a body that has not arrived completely', async () => {
    const receiver = createReceiver({ ...callbacks, maxBytes: 5, onReject: () => 'accepted' });
    expect(await receiver.answer(bad)).toMatchObject({ status: 413, body: 'TOO_LARGE' });
  });

  it.each<[string, unknown, number]>([
    ["'accepted'", 'accepted', 200],
    ['nothing', undefined, 500],
    ['a misspelt string', 'Accepted', 500],
  ])('decide the answer by what onError resolves to: %s', async (_, result, status) => {
    const receiver = createReceiver({ ...failing, onError: () => Promise.resolve(result) });
    expect(await receiver.answer(good)).toMatchObject({ status });
  });
});
