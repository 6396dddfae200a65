// Writing: what each generation looks like on the wire, and what it cannot carry.

import { describe, expect, it } from 'vitest';
import { parseBundle, parsePostback, PostbackError, serializeBundle, serializePostback } from '../../src/index.ts';
import type { Generation, MmsMoInput, MoMessageInput, SmsMoInput, WireElement } from '../../src/index.ts';

const sms: SmsMoInput = {
  kind: 'sms',
  code: 'N211',
  from: '15550104477',
  to: '00000',
  text: '007 <is> not & "7"\r\n😀 ',
  receivedAt: new Date('2026-04-24T18:34:00Z'),
};
const mms: MmsMoInput = {
  kind: 'mms',
  code: 'N401',
  from: '15550104477',
  to: '86717',
  trackingId: 'MMS_MO_1',
  receivedAt: new Date('2026-04-24T18:34:00.718Z'),
  files: ['https://media.example.com/1.jpg?a=1&b=2', 'https://media.example.com/2.txt'],
};

const element = (
  name: string,
  text = '',
  children: WireElement[] = [],
  attributes: Record<string, string> = {},
): WireElement => ({ name, text, attributes, children });

describe('serializePostback', () => {
  it.each<[Generation, MoMessageInput, string]>([
    [
      'G1',
      { ...sms, keyword: 'shop', envelope: { id: '5&"\n6', createdAt: new Date('2026-04-24T18:34:01.5Z') } },
      `<POSTBACK>
  <NOTIFICATION id="5&amp;&quot;&#xA;6" created="2026-04-24 18:34:01.500000+00">
    <ORIGIN>SMS_MO</ORIGIN>
    <CODE>N211</CODE>
    <BODY>
      <FROM>15550104477</FROM>
      <TO>00000</TO>
      <KEYWORD>shop</KEYWORD>
      <TEXT>007 &lt;is&gt; not &amp; "7"&#xD;\n😀 </TEXT>
      <RECEIVED>2026-04-24 18:34:00.000000+00</RECEIVED>
    </BODY>
  </NOTIFICATION>
</POSTBACK>
`,
    ],
    [
      'G1',
      { ...mms, spid: '0001470', files: [] },
      `<POSTBACK>
  <NOTIFICATION>
    <ORIGIN>MMS_MO</ORIGIN>
    <CODE>N401</CODE>
    <BODY>
      <FROM>15550104477</FROM>
      <TO>86717</TO>
      <TRACKINGID>MMS_MO_1</TRACKINGID>
      <SPID>0001470</SPID>
      <TIMESTAMP>2026-04-24 18:34:00.718000+00</TIMESTAMP>
      <CONTENT>
      </CONTENT>
    </BODY>
  </NOTIFICATION>
</POSTBACK>
`,
    ],
    [
      'G2',
      { ...sms, text: '' },
      `<POSTBACK>
  <ORIGIN>SMS_MO</ORIGIN>
  <CODE>N211</CODE>
  <FROM>15550104477</FROM>
  <TO>00000</TO>
  <TEXT></TEXT>
  <RECEIVED>2026-04-24T18:34:00+00:00</RECEIVED>
</POSTBACK>
`,
    ],
    [
      'G2',
      { ...mms, keyword: 'all', spid: '0001470' },
      `<POSTBACK>
  <ORIGIN>MMS_MO</ORIGIN>
  <CODE>N401</CODE>
  <FROM>15550104477</FROM>
  <TO>86717</TO>
  <KEYWORD>all</KEYWORD>
  <TRACKINGID>MMS_MO_1</TRACKINGID>
  <SPID>0001470</SPID>
  <TIMESTAMP>2026-04-24T18:34:00.718+00:00</TIMESTAMP>
  <CONTENT>
    <FILE>https://media.example.com/1.jpg?a=1&amp;b=2</FILE>
    <FILE>https://media.example.com/2.txt</FILE>
  </CONTENT>
</POSTBACK>
`,
    ],
    [
      'G3',
      { ...sms, text: 'hi', transactionId: '511XG-02294' },
      `<POSTBACK>
  <ORIGIN>SMS_MO</ORIGIN>
  <CODE>N211</CODE>
  <FROM>15550104477</FROM>
  <TO>00000</TO>
  <TEXT>hi</TEXT>
  <RECEIVED>2026-04-24T18:34:00+00:00</RECEIVED>
  <TRANSACTIONID>511XG-02294</TRANSACTIONID>
</POSTBACK>
`,
    ],
    [
      'G3',
      { ...mms, keyword: 'all', subject: ' Hello ', spid: '0001470', files: [] },
      `<POSTBACK>
  <ORIGIN>MMS_MO</ORIGIN>
  <CODE>N401</CODE>
  <FROM>15550104477</FROM>
  <TO>86717</TO>
  <KEYWORD>all</KEYWORD>
  <SUBJECT> Hello </SUBJECT>
  <TRACKINGID>MMS_MO_1</TRACKINGID>
  <SPID>0001470</SPID>
  <TIMESTAMP>2026-04-24T18:34:00.718+00:00</TIMESTAMP>
  <CONTENT>
  </CONTENT>
</POSTBACK>
`,
    ],
    [
      'G4',
      { ...sms, text: 'DEMO', transactionId: 'smsmo09' },
      "<?xml version='1.0' encoding='UTF-8'?><postback><origin>SMS_MO</origin><code>N211</code><from>15550104477</from><to>00000</to><message-text>DEMO</message-text><tracking-id>smsmo09</tracking-id><timestamp>2026-04-24T18:34:00.000000+00:00</timestamp></postback>",
    ],
    [
      'G4',
      { ...mms, operatorId: '31003', files: ['https://a/?b&c'] },
      "<?xml version='1.0' encoding='UTF-8'?><postback><origin>MMS_MO</origin><code>N401</code><from>15550104477</from><to>86717</to><keyword/><tracking-id>MMS_MO_1</tracking-id><operator-id>31003</operator-id><timestamp>2026-04-24T18:34:00.718000+00:00</timestamp><message-subject/><content><file>https://a/?b&amp;c</file></content></postback>",
    ],
    [
      'G5',
      { ...sms, transactionId: 'x' },
      '{"origin":"SMS_MO","code":"N211","from":"15550104477","to":"00000","message-text":"007 <is> not & \\"7\\"\\r\\n😀 ","tracking-id":"x","timestamp":"2026-04-24T18:34:00Z"}',
    ],
    [
      'G5',
      { ...mms, subject: 'Us', operatorId: '31003', copyTo: ['1', '2'] },
      '{"origin":"MMS_MO","code":"N401","from":"15550104477","to":"86717","tracking-id":"MMS_MO_1","operator-id":"31003","timestamp":"2026-04-24T18:34:00.718Z","message-subject":"Us","content":[{"file":"https://media.example.com/1.jpg?a=1&b=2"},{"file":"https://media.example.com/2.txt"}],"copy-to":[{"number":"1"},{"number":"2"}]}',
    ],
  ])('writes %s as its provider does', (generation, message, text) => {
    expect(serializePostback(message, { generation })).toBe(text);
    const { receivedAtRaw, envelope, ...read } = parsePostback(text);
    expect(receivedAtRaw).not.toBe('');
    expect(envelope).toEqual(
      message.envelope && { ...message.envelope, createdAtRaw: '2026-04-24 18:34:01.500000+00' },
    );
    expect(read).toEqual({ origin: read.origin, extra: [], ...message, envelope: undefined });
  });

  it('writes G3 by default', () => {
    expect(serializePostback(sms)).toBe(serializePostback(sms, { generation: 'G3' }));
  });

  it('writes a message that was parsed as the same document', () => {
    for (const generation of ['G2', 'G3', 'G4', 'G5'] as const) {
      const text = serializePostback(sms, { generation });
      expect(serializePostback(parsePostback(text), { generation })).toBe(text);
    }
  });

  it('accepts inherited properties, and reads each property only once', () => {
    let reads = 0;
    const extra = [element('STATUS', 'x')];
    const message = Object.create({
      ...sms,
      extra,
      get text() {
        return `read ${String(++reads)} times`;
      },
    }) as SmsMoInput;
    expect(parsePostback(serializePostback(message))).toMatchObject({ from: sms.from, text: 'read 1 times', extra });
  });

  it('writes the raw time of an envelope if it is the same time, or the only one', () => {
    const created = (envelope: MoMessageInput['envelope']): string | undefined =>
      /created="(.*?)"/.exec(serializePostback({ ...sms, envelope }, { generation: 'G1' }))?.[1];
    expect(created({ createdAt: new Date('2012-06-07T08:52:07Z'), createdAtRaw: '2012-06-07 04:52:07-04' })).toBe(
      '2012-06-07 04:52:07-04',
    );
    expect(created({ createdAt: new Date('2012-06-07T08:52:07Z'), createdAtRaw: '2012-06-07 04:52:07' })).toBe(
      '2012-06-07 08:52:07.000000+00',
    );
    expect(created({ createdAtRaw: ' yesterday\t' })).toBe(' yesterday&#x9;');
    expect(created({ id: '1' })).toBeUndefined();
  });

  it.each<[Generation, WireElement[]]>([
    ['G1', [element('STATUS', ' \r\n', [element('a:b', 'x')], { protocole: '3\n"&<' }), element('STATUS')]],
    ['G1', [element('BODY', '', [element('TEXT', 'x')])]],
    ['G2', [element('TIMESTAMP', 'later'), element('SPID', '1')]],
    ['G4', [element('RECEIVED2', ']]>')]],
    [
      'G5',
      [
        element('price', '1.50'),
        element('tags', '', [element('', 'a'), element('', '', [element('b', 'true')])]),
        element('__proto__', '', [element('x')]),
      ],
    ],
    ['G5', [element('content', '', [element('file', '1'), element('file', '2')])]],
  ])('writes the elements in extra in %s', (generation, extra) => {
    expect(parsePostback(serializePostback({ ...sms, extra }, { generation })).extra).toEqual(extra);
  });

  it.each<[problem: string, Generation, MoMessageInput, message: string]>([
    [
      'a control character',
      'G4',
      { ...sms, text: 'a\nb\x01' },
      'A character that XML cannot represent, at line 2, column 2 (text). Expected another character, or generation G5.',
    ],
    [
      'half of a surrogate pair in XML',
      'G2',
      { ...mms, files: ['https://a', '\uD83D'] },
      'A character that XML cannot represent, at line 1, column 1 (files[1]). Expected another character, or generation G5.',
    ],
    [
      'half of a surrogate pair in JSON',
      'G5',
      { ...sms, text: '😀\uDE00' },
      'Half of a surrogate pair, at line 1, column 3 (text). Expected complete characters.',
    ],
    [
      'copyTo',
      'G2',
      { ...mms, copyTo: ['1'] },
      'G2 has no field for this property, at line 1, column 1 (copyTo). Expected it to be left out, or another generation.',
    ],
    [
      'a subject',
      'G2',
      { ...mms, subject: 'x' },
      'G2 has no field for this property, at line 1, column 1 (subject). Expected it to be left out, or another generation.',
    ],
    [
      'a SPID',
      'G4',
      { ...mms, spid: '1' },
      'G4 has no field for this property, at line 1, column 1 (spid). Expected it to be left out, or another generation.',
    ],
    [
      'an operator id',
      'G3',
      { ...mms, operatorId: '1' },
      'G3 has no field for this property, at line 1, column 1 (operatorId). Expected it to be left out, or another generation.',
    ],
    [
      'a transaction id',
      'G1',
      { ...sms, transactionId: '1' },
      'G1 has no field for this property, at line 1, column 1 (transactionId). Expected it to be left out, or another generation.',
    ],
    [
      'the keyword of an SMS',
      'G3',
      { ...sms, keyword: '1' },
      'G3 has no field for this property, at line 1, column 1 (keyword). Expected it to be left out, or another generation.',
    ],
    [
      'an envelope',
      'G5',
      { ...sms, envelope: { id: '1' } },
      'G5 has no field for this property, at line 1, column 1 (envelope). Expected it to be left out, or another generation.',
    ],
    [
      'a space before a number',
      'G3',
      { ...sms, from: ' 1' },
      'White space at the start or end, which readers remove, at line 1, column 1 (from). Expected a text without it.',
    ],
    [
      'a space after an id',
      'G1',
      { ...sms, envelope: { id: '12 ' } },
      'White space at the start or end, which readers remove, at line 1, column 3 (envelope.id). Expected a text without it.',
    ],
    [
      'an empty envelope',
      'G1',
      { ...sms, envelope: {} },
      'The envelope is empty, which is read as absent, at line 1, column 1 (envelope). Expected an id or a time, or no envelope.',
    ],
    [
      'a raw time of white space',
      'G1',
      { ...sms, envelope: { createdAtRaw: ' \n' } },
      'The text contains only white space, which is read as absent, at line 1, column 1 (envelope.createdAtRaw). Expected a time.',
    ],
    [
      'an empty number',
      'G3',
      { ...sms, to: '' },
      'The text is empty, which is read as absent, at line 1, column 1 (to). Expected a text that is not empty.',
    ],
    [
      'an empty subject',
      'G3',
      { ...mms, subject: '' },
      'The text is empty, which is read as absent, at line 1, column 1 (subject). Expected a text that is not empty.',
    ],
    [
      'an empty copyTo',
      'G5',
      { ...mms, copyTo: [] },
      'The list is empty, which is read as absent, at line 1, column 1 (copyTo). Expected at least one number, or no list.',
    ],
    [
      'an invalid Date',
      'G3',
      { ...sms, receivedAt: new Date(NaN) },
      'The time is invalid or not in the years 0 to 9999, at line 1, column 1 (receivedAt). Expected a time in these years.',
    ],
    [
      'a time after the year 9999',
      'G1',
      { ...sms, envelope: { createdAt: new Date(8.64e15) } },
      'The time is invalid or not in the years 0 to 9999, at line 1, column 1 (envelope.createdAt). Expected a time in these years.',
    ],
    [
      'a control character in an element',
      'G3',
      { ...sms, extra: [element('A'), element('B', '', [element('C', 'x\0')])] },
      'A character that XML cannot represent, at line 1, column 2 (extra[1].children[0].text). Expected another character, or generation G5.',
    ],
    [
      'an element name with markup',
      'G3',
      { ...sms, extra: [element('A><FROM>1</FROM><A')] },
      'G3 cannot represent this element, or not together with the fields of the message, at line 1, column 1 (extra[0]). Expected it to be left out.',
    ],
    [
      'an element without a name in XML',
      'G3',
      { ...sms, extra: [element('')] },
      'G3 cannot represent this element, or not together with the fields of the message, at line 1, column 1 (extra[0]). Expected it to be left out.',
    ],
    [
      'an extra element with the name of a field',
      'G3',
      { ...sms, extra: [element('from', '1')] },
      'G3 cannot represent this element, or not together with the fields of the message, at line 1, column 1 (extra[0]). Expected it to be left out.',
    ],
    [
      'an extra element that would be read as the id',
      'G3',
      { ...sms, extra: [element('A'), element('TRACKINGID', '1')] },
      'G3 cannot represent this element, or not together with the fields of the message, at line 1, column 1 (extra[1]). Expected it to be left out.',
    ],
    [
      'a BODY in extra',
      'G2',
      { ...sms, extra: [element('X'), element('BODY', '', [element('Y')])] },
      'G2 cannot represent this element, or not together with the fields of the message, at line 1, column 1',
    ],
    [
      'attributes in JSON',
      'G5',
      { ...sms, extra: [element('a', '', [], { b: '1' })] },
      'G5 cannot represent this element, or not together with the fields of the message, at line 1, column 1 (extra[0]). Expected it to be left out.',
    ],
    [
      'two extra elements with the same name in JSON',
      'G5',
      { ...sms, extra: [element('a'), element('a')] },
      'G5 cannot represent this element, or not together with the fields of the message, at line 1, column 1 (extra[0]). Expected it to be left out.',
    ],
    [
      'text beside elements in JSON',
      'G5',
      { ...sms, extra: [element('a', 'x', [element('b')])] },
      'G5 cannot represent this element, or not together with the fields of the message, at line 1, column 1 (extra[0]). Expected it to be left out.',
    ],
  ])('refuses %s in %s', (_, generation, message, told) => {
    let error: unknown;
    try {
      serializePostback(message, { generation });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(PostbackError);
    expect(error).toMatchObject({ code: 'UNREPRESENTABLE' });
    expect((error as PostbackError).message).toContain(told);
  });

  it('points to the character in an error', () => {
    expect(() => serializePostback({ ...sms, text: 'first\nsecond\0' })).toThrow(
      expect.objectContaining({ excerpt: 'second\uFFFD\n      ^' }),
    );
  });

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'message: expected a message'],
    ['null', null, 'message: expected a message'],
    ['a message without kind', {}, "message.kind: expected 'sms' or 'mms'"],
    ['the kind other', { kind: 'other' }, "message.kind: expected 'sms' or 'mms'"],
    ['the origin of another kind', { ...sms, origin: 'MMS_MO' }, "message.origin: expected 'SMS_MO'"],
    ['a missing text', { ...sms, text: undefined }, 'message.text: expected a string'],
    ['a number as from', { ...sms, from: 1 }, 'message.from: expected a string'],
    ['a number as keyword', { ...sms, keyword: 1 }, 'message.keyword: expected a string'],
    ['a string as receivedAt', { ...sms, receivedAt: '2026-04-24T18:34:00Z' }, 'message.receivedAt: expected a Date'],
    ['a string as files', { ...mms, files: 'x' }, 'message.files: expected a list of strings'],
    ['a number in files', { ...mms, files: [1] }, 'message.files: expected a list of strings'],
    [
      'an object as extra',
      { ...sms, extra: {} },
      'message.extra: expected a list of elements, each { name, text, attributes, children }',
    ],
    [
      'null in extra',
      { ...sms, extra: [null] },
      'message.extra: expected a list of elements, each { name, text, attributes, children }',
    ],
    [
      'an element without attributes and children',
      { ...sms, extra: [{ name: 'a', text: '' }] },
      'message.extra: expected a list of elements, each { name, text, attributes, children }',
    ],
    [
      'a number as attribute',
      { ...sms, extra: [element('a', '', [], { a: 1 as never })] },
      'message.extra: expected a list of elements, each { name, text, attributes, children }',
    ],
    ['a string as envelope', { ...sms, envelope: 'x' }, 'message.envelope: expected an object'],
    ['a hole in files', { ...mms, files: Object.assign([], { 1: 'x' }) }, 'message.files: expected a list of strings'],
    [
      'a hole in children',
      { ...sms, extra: [{ ...element('a'), children: Object.assign([], { 1: element('b') }) }] },
      'message.extra: expected a list of elements, each { name, text, attributes, children }',
    ],
    ["a number as an envelope's id", { ...sms, envelope: { id: 1 } }, 'message.envelope.id: expected a string'],
    [
      "a string as an envelope's time",
      { ...sms, envelope: { createdAt: 'now' } },
      'message.envelope.createdAt: expected a Date',
    ],
    [
      "a Date as an envelope's raw time",
      { ...sms, envelope: { createdAtRaw: new Date() } },
      'message.envelope.createdAtRaw: expected a string',
    ],
    ['null as envelope', { ...sms, envelope: null }, 'message.envelope: expected an object'],
  ])('throws a TypeError for %s', (_, message, told) => {
    expect(() => serializePostback(message as MoMessageInput)).toThrow(new TypeError(told));
  });

  it('throws a TypeError if the options are null', () => {
    expect(() => serializePostback(sms, null as never)).toThrow(new TypeError('options: expected an object'));
  });

  it.each(['G6', 'g3', 3, null, 'toString'])('throws a RangeError for the generation %o', (generation) => {
    expect(() => serializePostback(sms, { generation: generation as Generation })).toThrow(RangeError);
  });
});

describe('serializeBundle', () => {
  it('writes all messages as one postback, in order', () => {
    const messages = Array.from({ length: 300 }, (_, n): SmsMoInput => ({
      ...sms,
      text: String(n),
      envelope: { id: String(n) },
    }));
    const text = serializeBundle(messages);
    expect(text.match(/<POSTBACK>/g)).toHaveLength(1);
    expect(parseBundle(text).map(({ data }) => data)).toMatchObject(messages);
  });

  it('names the message that cannot be written', () => {
    expect(() => serializeBundle([sms, { ...sms, text: '\0' }])).toThrow(
      expect.objectContaining({ code: 'UNREPRESENTABLE', path: '[1].text' }),
    );
    expect(() => serializeBundle([sms, { kind: 'sms' } as never])).toThrow(
      new TypeError('messages[1].code: expected a string'),
    );
  });

  it('throws an error for anything but a list of messages', () => {
    expect(() => serializeBundle(sms as never)).toThrow(new TypeError('messages: expected a list, got object'));
    expect(() => serializeBundle(Object.assign([], { 1: sms }))).toThrow(
      new TypeError('messages[0]: expected a message'),
    );
    expect(() => serializeBundle([])).toThrow(new RangeError('messages: expected at least one'));
  });
});
