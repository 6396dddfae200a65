// What a generation cannot represent: PostbackErrors of the writers.

import { describe, expect, it } from 'vitest';
import { PostbackError, serializeBundle, serializePostback } from '../../src/index.ts';
import type { Generation, MoMessageInput } from '../../src/index.ts';
import { element, mms, sms } from '../helpers/messages.ts';
import { thrownBy } from '../helpers/thrown-by.ts';

describe('serializePostback', () => {
  it.each<[problem: string, Generation, MoMessageInput, message: string]>([
    [
      'a control character',
      'G4',
      { ...sms, text: 'a\nb\x01' },
      'text: A character that XML cannot represent, at character 4. Expected another character, or generation G5.',
    ],
    [
      'half of a surrogate pair in XML',
      'G2',
      { ...mms, files: ['https://a', '\uD83D'] },
      'files[1]: A character that XML cannot represent. Expected another character, or generation G5.',
    ],
    [
      'half of a surrogate pair in JSON',
      'G5',
      { ...sms, text: '😀\uDE00' },
      'text: Half of a surrogate pair, at character 3. Expected complete characters.',
    ],
    [
      'copyTo',
      'G2',
      { ...mms, copyTo: ['1'] },
      'copyTo: G2 has no field for this property. Expected a message without it, or another generation.',
    ],
    [
      'a subject',
      'G2',
      { ...mms, subject: 'x' },
      'subject: G2 has no field for this property. Expected a message without it, or another generation.',
    ],
    [
      'a SPID',
      'G4',
      { ...mms, spid: '1' },
      'spid: G4 has no field for this property. Expected a message without it, or another generation.',
    ],
    [
      'an operator id',
      'G3',
      { ...mms, operatorId: '1' },
      'operatorId: G3 has no field for this property. Expected a message without it, or another generation.',
    ],
    [
      'a transaction id',
      'G1',
      { ...sms, transactionId: '1' },
      'transactionId: G1 has no field for this property. Expected a message without it, or another generation.',
    ],
    [
      'the keyword of an SMS',
      'G3',
      { ...sms, keyword: '1' },
      'keyword: G3 has no field for this property. Expected a message without it, or another generation.',
    ],
    [
      'an envelope',
      'G5',
      { ...sms, envelope: { id: '1' } },
      'envelope: G5 has no field for this property. Expected a message without it, or another generation.',
    ],
    [
      'a space before a number',
      'G3',
      { ...sms, from: ' 1' },
      'from: White space at the start or end. Expected a text without it.',
    ],
    [
      'a space after an id',
      'G1',
      { ...sms, envelope: { id: '12 ' } },
      'envelope.id: White space at the start or end, at character 3. Expected a text without it.',
    ],
    [
      'an empty envelope',
      'G1',
      { ...sms, envelope: {} },
      'envelope: Empty envelope. Expected an id or a time, or no envelope.',
    ],
    [
      'a raw time of white space',
      'G1',
      { ...sms, envelope: { createdAtRaw: ' \n' } },
      'envelope.createdAtRaw: Text of only white space. Expected a time.',
    ],
    ['an empty number', 'G3', { ...sms, to: '' }, 'to: Empty text. Expected a text that is not empty.'],
    ['an empty file', 'G3', { ...mms, files: ['1', ''] }, 'files[1]: Empty text. Expected a text that is not empty.'],
    ['an empty file', 'G5', { ...mms, files: [''] }, 'files[0]: Empty text. Expected a text that is not empty.'],
    [
      'an empty transaction id',
      'G3',
      { ...sms, transactionId: '' },
      'transactionId: Empty text. Expected a text that is not empty.',
    ],
    [
      'an empty id of an envelope',
      'G1',
      { ...sms, envelope: { id: '' } },
      'envelope.id: Empty text. Expected a text that is not empty.',
    ],
    ['an empty subject', 'G3', { ...mms, subject: '' }, 'subject: Empty text. Expected a text that is not empty.'],
    ['an empty copyTo', 'G5', { ...mms, copyTo: [] }, 'copyTo: Empty list. Expected at least one number, or no list.'],
    [
      'an invalid Date',
      'G3',
      { ...sms, receivedAt: new Date(NaN) },
      'receivedAt: The time is invalid or not in the years 0 to 9999. Expected a time in these years.',
    ],
    [
      'a time after the year 9999',
      'G1',
      { ...sms, envelope: { createdAt: new Date(8.64e15) } },
      'envelope.createdAt: The time is invalid or not in the years 0 to 9999. Expected a time in these years.',
    ],
    [
      'a control character in an element',
      'G3',
      { ...sms, extra: [element('A'), element('B', '', [element('C', 'x\0')])] },
      'extra[1].children[0].text: A character that XML cannot represent, at character 2. Expected another character, or generation G5.',
    ],
    [
      'an element name with markup',
      'G3',
      { ...sms, extra: [element('A><FROM>1</FROM><A')] },
      'extra[0]: G3 cannot represent this element together with the fields of the message. Expected a message without it.',
    ],
    [
      'an element without a name in XML',
      'G3',
      { ...sms, extra: [element('')] },
      'extra[0]: G3 cannot represent this element together with the fields of the message. Expected a message without it.',
    ],
    [
      'an extra element with the name of a field',
      'G3',
      { ...sms, extra: [element('from', '1')] },
      'extra[0]: G3 cannot represent this element together with the fields of the message. Expected a message without it.',
    ],
    [
      'an extra element that would be read as the id',
      'G3',
      { ...sms, extra: [element('A'), element('TRACKINGID', '1')] },
      'extra[1]: G3 cannot represent this element together with the fields of the message. Expected a message without it.',
    ],
    [
      'a BODY in extra',
      'G2',
      { ...sms, extra: [element('X'), element('BODY', '', [element('Y')])] },
      'extra[1]: G2 cannot represent this element together with the fields of the message.',
    ],
    [
      'attributes in JSON',
      'G5',
      { ...sms, extra: [element('a', '', [], { b: '1' })] },
      'extra[0]: G5 cannot represent this element together with the fields of the message. Expected a message without it.',
    ],
    [
      'two extra elements with the same name in JSON',
      'G5',
      { ...sms, extra: [element('a'), element('a')] },
      'extra[0]: G5 cannot represent this element together with the fields of the message. Expected a message without it.',
    ],
    [
      'text next to elements in JSON',
      'G5',
      { ...sms, extra: [element('a', 'x', [element('b')])] },
      'extra[0]: G5 cannot represent this element together with the fields of the message. Expected a message without it.',
    ],
  ])('refuses %s in %s', (_, generation, message, told) => {
    const error = thrownBy(() => serializePostback(message, { generation }));
    expect(error).toBeInstanceOf(PostbackError);
    expect(error).toMatchObject({ code: 'UNREPRESENTABLE', message: expect.stringMatching(/^[^ ]+: /) as string });
    expect((error as PostbackError).message).toContain(told);
  });

  it('points to the character in an error', () => {
    expect(() => serializePostback({ ...sms, text: 'first\nsecond\0' })).toThrow(
      expect.objectContaining({ excerpt: 'second\uFFFD\n      ^' }),
    );
  });
});

describe('serializeBundle', () => {
  it('names the message that cannot be written', () => {
    expect(() => serializeBundle([sms, { ...sms, text: '\0' }])).toThrow(
      expect.objectContaining({ code: 'UNREPRESENTABLE', path: '[1].text' }),
    );
    expect(() => serializeBundle([sms, { kind: 'sms' } as never])).toThrow(
      new TypeError('messages[1].code: expected a string'),
    );
  });
});
