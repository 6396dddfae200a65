// What a notification becomes, from XML and from JSON.

import { describe, expect, it } from 'vitest';
import { parseBundle, safeParsePostback } from '../../src/index.ts';
import type { PostbackOptions } from '../../src/index.ts';
import { mmsFields, OTHER_FIELDS, single, smsFields, smsWithTime } from '../helpers/documents.ts';

describe('a time', () => {
  const fallbackTime = new Date('2026-01-01T00:00:00Z');

  const nested = '<RECEIVED> <a/></RECEIVED>';
  const other = '<TIMESTAMP>2014-02-03T11:19:49Z</TIMESTAMP>';
  it.each<[string, PostbackOptions]>([
    [nested, {}],
    [nested, { fallbackTime }],
    [nested, { fallbackTime, recover: true }],
    [nested + other, {}],
    [nested + other, { fallbackTime }],
  ])('that contains elements is an error: %s with %j', (time, options) => {
    expect(safeParsePostback(single(smsWithTime(time)), options).error).toMatchObject({
      code: 'UNEXPECTED_CONTENT',
      path: 'POSTBACK/RECEIVED',
    });
  });

  it('that is missing is fallbackTime', () => {
    expect(safeParsePostback(single(smsWithTime('')), { fallbackTime })).toMatchObject({
      data: { receivedAt: fallbackTime, receivedAtRaw: '' },
      warnings: [{ code: 'UNREADABLE_TIME' }],
    });
  });
});

it.each(['CONTENT', 'COPY-TO'])('an element of another name in %s is extra', (list) => {
  const xml = single(
    mmsFields('M1')
      .replace(/<CONTENT>.*<\/CONTENT>/, '<CONTENT/>')
      .replace(
        '<CONTENT/>',
        list === 'CONTENT' ? '<CONTENT><X>1</X></CONTENT>' : `<CONTENT/><${list}><X>1</X></${list}>`,
      ),
  );
  for (const source of [xml, `<!-- a -->${xml}`])
    expect(parseBundle(source)).toMatchObject([{ data: { extra: [{ name: 'X', text: '1' }] } }]);
});

describe('another notification', () => {
  it('keeps a CODE that is not plain text in fields', () => {
    const fields = OTHER_FIELDS.replace('N301', ' <a/>');
    const [result] = parseBundle(single(fields));
    expect(result?.data).toEqual({
      kind: 'other',
      origin: 'SUB',
      fields: [
        { name: 'CODE', text: ' ', attributes: {}, children: [{ name: 'a', text: '', attributes: {}, children: [] }] },
      ],
    });
  });
});

it('an attribute of a field is no part of the envelope', () => {
  const xml = single(smsFields('hi').replace('<FROM>', '<FROM id="7" created="2014-02-03">'));
  for (const source of [xml, `<!-- a -->${xml}`])
    expect(Object.keys(parseBundle(source)[0]?.data ?? {})).not.toContain('envelope');
});

it.each([smsFields('hi'), mmsFields('M1'), OTHER_FIELDS])('has no envelope without one: %j', (fields) => {
  // Also in a second reading.
  for (const xml of [single(fields), `<!-- a -->${single(fields)}`]) {
    const [result] = parseBundle(xml);
    expect(Object.keys(result?.data ?? {})).toContain('origin');
    expect(Object.keys(result?.data ?? {})).not.toContain('envelope');
  }
});
