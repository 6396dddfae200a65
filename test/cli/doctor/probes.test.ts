// The postbacks that `mo-postback doctor` sends.

import { describe, expect, it } from 'vitest';
import { createProbes } from '../../../src/cli/doctor/probes.ts';
import type { Probe } from '../../../src/cli/doctor/probes.ts';
import { contentKey, messageKey, parseBundle } from '../../../src/index.ts';
import type { PostbackNotification } from '../../../src/index.ts';

/** The messages of a probe. */
function messagesOf({ postback: { body, headers } }: Probe): PostbackNotification[] {
  const text = new TextDecoder().decode(body);
  const form = text.startsWith('xml=') ? new URLSearchParams(text).get('xml') : undefined;
  const part = headers['content-type']?.startsWith('multipart/') === true ? /<[^]*>/.exec(text)?.[0] : undefined;
  return parseBundle(form ?? part ?? body, { recover: true }).flatMap(({ data }) => data ?? []);
}

const readable = (probes: readonly Probe[]): Probe[] => probes.filter(({ name }) => name !== 'cut-off XML');

describe('the probes', () => {
  const probes = createProbes('12345');

  it('have names that fit their column, and differ', () => {
    expect(probes.filter(({ name }) => name.length > 18)).toEqual([]);
    expect(new Set(probes.map(({ name }) => name)).size).toBe(probes.length);
  });

  it('show where they come from: by the number of the sender, the text, the subject and the files', () => {
    const messages = readable(probes).flatMap(messagesOf);
    expect(messages.length).toBe(321);
    for (const message of messages) {
      if (message.kind === 'other') continue;
      expect(message).toMatchObject({ from: expect.stringMatching(/^1555010\d{4}$/) as string, to: '12345' });
      if (message.kind === 'sms') expect(message.text).toMatch(/^mo-postback doctor /);
      else {
        expect(message.subject ?? 'mo-postback doctor').toBe('mo-postback doctor');
        expect(message.files[0]).toBe('https://content.example.com/mo-postback-doctor.jpg');
      }
    }
  });

  it('have keys that no other probe and no other run has, except the retry', async () => {
    const keysOf = (given: readonly Probe[]): Promise<string[]> =>
      Promise.all(
        readable(given)
          .flatMap(messagesOf)
          .map(async (message) => messageKey(message) ?? (await contentKey(message))),
      );
    const keys = await keysOf(probes);
    expect(new Set(keys).size).toBe(keys.length - 1);
    expect(probes[1]).toMatchObject({ name: 'retry', postback: probes[0].postback });
    const others = await keysOf(createProbes('12345'));
    expect(keys.filter((key) => others.includes(key))).toEqual([]);
  });

  it('contain what their names say', () => {
    const bodyOf = (name: string): string =>
      Buffer.from(probes.find((probe) => probe.name === name)?.postback.body ?? '').toString('latin1');
    const typeOf = (name: string): string | undefined =>
      probes.find((probe) => probe.name === name)?.postback.headers['content-type'];
    expect(bodyOf('G1 SMS')).toMatch(/<NOTIFICATION id="/);
    expect(bodyOf('G2 SMS')).not.toContain('TRANSACTIONID');
    expect(bodyOf('G4 MMS')).toContain('<tracking-id>');
    expect(bodyOf('G5 group MMS')).toContain('"copy-to":[{"number":"');
    expect(bodyOf('bundle of 300').match(/<NOTIFICATION /g)).toHaveLength(300);
    expect(bodyOf('stray &')).toContain('fish & chips');
    expect(bodyOf('emoji and accents')).toContain('\u00F0\u009F\u0098\u0080');
    expect(bodyOf('ISO-8859-1')).toContain('Crème');
    expect(bodyOf('delivery report')).toMatch(/<ORIGIN>MMS_MT<\/ORIGIN>\s*<CODE>N101<\/CODE>\s*<FROM>12345</);
    expect(bodyOf('delivery report')).toContain('<STATUS protocole="3" status="1"/>');
    expect(bodyOf('cut-off XML')).toMatch(/cut off$/);
    expect(
      ['G3 SMS', 'G5 SMS', 'application/xml', 'no Content-Type', 'labelled as a form', 'urlencoded form'].map(typeOf),
    ).toEqual([
      'text/xml',
      'application/json',
      'application/xml',
      undefined,
      'application/x-www-form-urlencoded',
      'application/x-www-form-urlencoded',
    ]);
    expect(typeOf('multipart form')).toMatch(/^multipart\/form-data; boundary=/);
    expect(probes.filter(({ isSlow }) => isSlow).map(({ name }) => name)).toEqual(['slow body']);
  });
});
