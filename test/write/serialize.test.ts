// Writing: what each generation looks like on the wire.

import { describe, expect, it } from 'vitest';
import { parseBundle, parsePostback, serializeBundle, serializePostback } from '../../src/index.ts';
import type { Generation, MoMessageInput, SmsMoInput, WireElement } from '../../src/index.ts';
import { element, mms, sms } from '../helpers/messages.ts';

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

  it('writes what is undefined as what is not there', () => {
    const nothing = { keyword: undefined, transactionId: undefined, extra: undefined, envelope: undefined } as object;
    for (const generation of ['G1', 'G2', 'G3', 'G4', 'G5'] as const)
      expect(serializePostback({ ...sms, ...nothing }, { generation })).toBe(serializePostback(sms, { generation }));
  });

  it('writes an empty code and an empty tracking id', () => {
    for (const generation of ['G1', 'G2', 'G3', 'G4', 'G5'] as const) {
      const text = serializePostback({ ...mms, code: '', trackingId: '' }, { generation });
      expect(parsePostback(text)).toMatchObject({ code: '', trackingId: '', files: mms.files });
    }
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
});
