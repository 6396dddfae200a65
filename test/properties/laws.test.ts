// Properties that hold for every document.

import fc from 'fast-check';
import { ParseOption, XmlDocument } from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import {
  parseBundle,
  parsePostback,
  PostbackError,
  safeParsePostback,
  serializeBundle,
  serializePostback,
} from '../../src/index.ts';
import type { Generation, MmsMo, PostbackResult, SmsMo } from '../../src/index.ts';
import {
  brokenDocument,
  carelessDocument,
  mmsMo,
  notification,
  postbackDocument,
  smsMo,
} from '../../src/testing/index.ts';
import { representable } from '../../src/testing/documents.ts';
import { choices } from '../../src/testing/choices.ts';
import { variedJson } from '../../src/testing/varied-json.ts';
import { variedXml } from '../../src/testing/varied-xml.ts';
import { cut, places, runs } from './runs.ts';
import { told } from './told.ts';

const options = fc.record(
  {
    recover: fc.boolean(),
    maxBytes: fc.integer({ min: 1, max: 3000 }),
    maxNotificationLength: fc.integer({ min: 1, max: 2000 }),
    maxDepth: fc.integer({ min: 1, max: 6 }),
    maxNotifications: fc.integer({ min: 1, max: 3 }),
    maxFields: fc.integer({ min: 1, max: 12 }),
    maxFiles: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: [] },
);

function utf16(text: string, isBigEndian: boolean): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(2 * text.length));
  for (let n = 0; n < text.length; n++) bytes.setUint16(2 * n, text.charCodeAt(n), !isBigEndian);
  return new Uint8Array(bytes.buffer);
}

describe('every message', () => {
  it('is unchanged after writing it as XML in any style, and reading it', () => {
    fc.assert(
      fc.property(fc.oneof(smsMo(), mmsMo()), choices(), (drawn, style) => {
        const message = representable(drawn, false, false);
        expect(parsePostback(variedXml([message], style, false))).toEqual(message);
      }),
      runs,
    );
  });

  it('is unchanged after writing it into a bundle, and reading it', () => {
    fc.assert(
      fc.property(fc.array(notification(), { minLength: 1, maxLength: 5 }), choices(), (messages, style) => {
        expect(parseBundle(variedXml(messages, style, true)).map(({ data }) => data)).toEqual(messages);
      }),
      runs,
    );
  });

  it('is unchanged after writing it as JSON in any style, alone or in a list, and reading it', () => {
    fc.assert(
      fc.property(
        fc.oneof(smsMo(), mmsMo()),
        fc.array(notification(), { maxLength: 4 }),
        choices(),
        (first, others, style) => {
          const message = representable(first, true, false);
          const messages = [message, ...others.map((other) => representable(other, true, true))];
          expect(parsePostback(variedJson([message], style, false))).toEqual(message);
          expect(parseBundle(variedJson(messages, style, true)).map(({ data }) => data)).toEqual(messages);
        },
      ),
      runs,
    );
  });

  it('is unchanged, except for receivedAtRaw, after serializePostback in each generation that can represent it', () => {
    // The optional fields that a generation has. Only bundles have an envelope.
    const carries: Readonly<Record<Generation, readonly string[]>> = {
      G1: ['sms.keyword', 'sms.envelope', 'mms.keyword', 'mms.spid', 'mms.envelope'],
      G2: ['mms.keyword', 'mms.spid'],
      G3: ['sms.transactionId', 'mms.keyword', 'mms.spid', 'mms.subject'],
      G4: ['sms.transactionId', 'mms.keyword', 'mms.subject', 'mms.operatorId'],
      G5: ['sms.transactionId', 'mms.keyword', 'mms.subject', 'mms.operatorId', 'mms.spid', 'mms.copyTo'],
    };
    const optional = ['keyword', 'transactionId', 'spid', 'subject', 'operatorId', 'copyTo', 'envelope'];
    const generations = Object.keys(carries) as Generation[];
    const isCarried = new Map<string, boolean>();
    fc.assert(
      fc.property(fc.oneof(smsMo(), mmsMo()), fc.constantFrom(...generations), (message, generation) => {
        const beyond = Object.keys(message).filter(
          (field) => optional.includes(field) && !carries[generation].includes(`${message.kind}.${field}`),
        );
        const carried: SmsMo | MmsMo = { ...message };
        for (const field of beyond) {
          expect(() => serializePostback(carried, { generation })).toThrow(
            expect.objectContaining({ code: 'UNREPRESENTABLE' }),
          );
          Reflect.deleteProperty(carried, field);
        }
        for (const field of Object.keys(carried)) isCarried.set(`${generation} ${message.kind}.${field}`, true);
        const text = serializePostback(carried, { generation });
        const { receivedAtRaw } = parsePostback(text);
        expect(parsePostback(text)).toEqual({ ...carried, receivedAtRaw });
        if (generation === 'G1')
          expect(parseBundle(serializeBundle([carried, carried])).map(({ data }) => data)).toEqual([
            parsePostback(text),
            parsePostback(text),
          ]);
        if (generation === 'G5') {
          expect(JSON.parse(text)).toMatchObject({ from: carried.from });
        } else {
          const document = XmlDocument.fromString(text, { option: ParseOption.XML_PARSE_NONET });
          const [field, words] =
            carried.kind === 'sms'
              ? ['TEXT|//message-text', carried.text]
              : ['SUBJECT|//message-subject', carried.subject ?? ''];
          // The binding may read a U+FEFF at the start of a string as a byte order mark.
          const withoutMark = (text: string): string => text.replace(/^\uFEFF+/, '');
          expect(withoutMark(document.get(`//${field}`)?.content ?? '')).toBe(withoutMark(words));
          document.dispose();
        }
      }),
      runs,
    );
    for (const generation of generations)
      for (const field of carries[generation])
        expect(isCarried.get(`${generation} ${field}`), `${generation} ${field}`).toBe(true);
  });

  it('is read the same from UTF-8 and UTF-16 of either byte order, and with recover', () => {
    fc.assert(
      fc.property(postbackDocument(), ({ text, notifications }) => {
        const unlabelled = text.replace(/ encoding='UTF-8'/, '');
        const sources = [new TextEncoder().encode(text), utf16(unlabelled, true), utf16(unlabelled, false)];
        for (const source of sources) {
          const results = parseBundle(source, { recover: true });
          expect(results.map(({ data }) => data)).toEqual(notifications);
          expect(results.flatMap(({ warnings }) => warnings)).toEqual([]);
        }
      }),
      runs,
    );
  });
});

describe('cutting a document into chunks', () => {
  it('changes nothing in the results of a string', () => {
    fc.assert(
      fc.property(
        fc.oneof(postbackDocument(), brokenDocument(), carelessDocument()),
        places,
        options,
        ({ text: xml }, at, chosen) => {
          expect(told(cut(xml, at), chosen)).toEqual(told([xml], chosen));
        },
      ),
      runs,
    );
  });

  it('changes nothing in the results of bytes, even inside a character', () => {
    fc.assert(
      fc.property(
        brokenDocument(),
        fc.constantFrom('utf-8', 'be', 'le'),
        fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 2 }),
        places,
        options,
        ({ text: xml }, as, wrong, at, chosen) => {
          const bytes = as === 'utf-8' ? new TextEncoder().encode(xml) : utf16(xml, as === 'be');
          for (const [place, value] of wrong) if (place < bytes.length) bytes[place] = value;
          expect(told(cut(bytes, at), chosen)).toEqual(told([bytes], chosen));
          expect(
            told(
              Array.from(bytes, (byte) => Uint8Array.of(byte)),
              chosen,
            ),
          ).toEqual(told([bytes], chosen));
        },
      ),
      runs,
    );
  });
});

describe('recover', () => {
  const isForm = ({ headers }: { readonly headers: Readonly<Record<string, string>> }): boolean =>
    (headers['content-type'] ?? '').includes('form');
  const plain = ({ data, error }: PostbackResult): unknown => data ?? error.toJSON();

  it('reads what is valid without it in the same way, and without a warning', () => {
    let valid = 0;
    fc.assert(
      fc.property(fc.oneof(postbackDocument(), brokenDocument(), carelessDocument()), (document) => {
        // NUL in JSON is valid, but is replaced.
        if (document.text.includes('\\u0000')) return;
        for (const source of isForm(document) ? [document.text] : [document.text, document.body]) {
          let strict: PostbackResult[];
          try {
            strict = parseBundle(source);
          } catch {
            continue;
          }
          const lenient = parseBundle(source, { recover: true });
          expect(lenient).toHaveLength(strict.length);
          for (const [n, { success, data }] of strict.entries()) {
            if (!success) continue;
            valid++;
            expect(lenient[n]).toEqual({ success, data, warnings: [] });
          }
        }
      }),
      runs,
    );
    expect(valid).toBeGreaterThan(runs.numRuns / 4);
  });

  it('gives the same result of parsePostback and parseBundle', () => {
    fc.assert(
      fc.property(fc.oneof(brokenDocument(), carelessDocument()), options, ({ text }, chosen) => {
        const single = safeParsePostback(text, { ...chosen, recover: true });
        let results: PostbackResult[];
        try {
          results = parseBundle(text, { ...chosen, recover: true });
        } catch (error) {
          expect(single.error).toEqual(error);
          return;
        }
        if (results.length > 1) expect(single.error?.code).toBe('SEVERAL_NOTIFICATIONS');
        else if (results[0]?.data?.kind === 'other') expect(single.error?.code).toBe('UNSUPPORTED_ORIGIN');
        else expect(single).toEqual(results[0]);
      }),
      runs,
    );
  });

  it('gives the same results and warnings for bytes in chunks of any size', () => {
    fc.assert(
      fc.property(
        carelessDocument().filter((document) => !isForm(document)),
        places,
        options,
        ({ body, fallbackTime }, at, chosen) => {
          for (const withRecover of [
            { recover: true, fallbackTime },
            { ...chosen, recover: true },
          ]) {
            const whole = told([body], withRecover);
            expect(told(cut(body, at), withRecover)).toEqual(whole);
            expect(
              told(
                Array.from(body, (byte) => Uint8Array.of(byte)),
                withRecover,
              ),
            ).toEqual(whole);
          }
        },
      ),
      runs,
    );
  });

  it('reads what careless senders write, and keeps the other notifications of the bundle intact', () => {
    fc.assert(
      fc.property(
        carelessDocument().filter((document) => !isForm(document)),
        ({ body, notifications, warnings, fallbackTime }) => {
          const results = parseBundle(body, { recover: true, fallbackTime });
          expect(results.map(plain)).toEqual(notifications);
          expect(results.map((result) => result.warnings.map(({ code }) => code))).toEqual(warnings);
        },
      ),
      runs,
    );
  });

  it('keeps any text without comments and the like as it was written, and the other notifications intact', () => {
    const units = [
      ...Array.from('<>ab3 @/=;&"\']'),
      '<b>',
      '</b>',
      '<br/>',
      '<TEXT>',
      '</text>',
      '</ TEXT>',
      ']]>',
      '&a;',
      'é',
      '😀',
    ];
    const notificationOf = (text: string): string =>
      '<NOTIFICATION><ORIGIN>SMS_MO</ORIGIN><CODE>N211</CODE><BODY><FROM>15550104477</FROM><TO>86717</TO>' +
      `<TEXT>${text}</TEXT><RECEIVED>2014-02-03T11:19:49-05:00</RECEIVED></BODY></NOTIFICATION>\n`;
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom(...units), maxLength: 12 }), { minLength: 1, maxLength: 3 }),
        fc.nat(3),
        (texts, place) => {
          const all = [...texts.slice(0, place), 'in between', ...texts.slice(place)];
          const xml = `<POSTBACK>${all.map(notificationOf).join('')}</POSTBACK>`;
          const results = parseBundle(xml, { recover: true });
          expect(results.map(({ data }) => data?.kind === 'sms' && data.text)).toEqual(all);
          for (const [n, { data, warnings }] of results.entries()) {
            const [alone] = parseBundle(`<POSTBACK>${notificationOf(all[n] ?? '')}</POSTBACK>`, { recover: true });
            expect(data).toEqual(alone?.data);
            expect(warnings.map(({ code }) => code)).toEqual(alone?.warnings.map(({ code }) => code));
            if (all[n] === 'in between') expect(warnings).toEqual([]);
          }
        },
      ),
      runs,
    );
  });
});

describe('any document', () => {
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ unit: 'binary', maxLength: 200 }),
    brokenDocument().map(({ text }) => text),
    brokenDocument().map(({ body }) => body),
    carelessDocument().map(({ text }) => text),
    carelessDocument().map(({ body }) => body),
  );

  it('gives results or a PostbackError, never another exception', () => {
    fc.assert(
      fc.property(any, options, (source, chosen) => {
        const result = safeParsePostback(source, chosen);
        if (!result.success) expect(result.error).toBeInstanceOf(PostbackError);
        try {
          parseBundle(source, chosen);
        } catch (error) {
          expect(error).toBeInstanceOf(PostbackError);
        }
      }),
      runs,
    );
  });

  it('does not appear in messages and paths of errors', () => {
    const names = /^(?:(?:[A-Za-z-]+|\*)(?:\[\d+\])?(?:\/|$))*$|^(?:\[\d+\]|(?:^|\.)(?:[A-Za-z_-]+|\*))*$/;
    fc.assert(
      fc.property(any, options, (source, chosen) => {
        const { error } = safeParsePostback(source, chosen);
        if (error === undefined) return;
        expect(error.path).toMatch(names);
        expect(error.message).toMatch(/^[\x20-\x7E]+$/);
        expect(error.message.replace(error.path, '').length).toBeLessThan(420);
      }),
      runs,
    );
  });

  it('never changes a prototype', () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    fc.assert(
      fc.property(
        fc.constantFrom('__proto__', 'constructor', 'toString', 'prototype'),
        fc.string({ unit: 'grapheme-ascii' }),
        (name, value) => {
          const text = value.replace(/[<&"]/g, '');
          const xml = `<POSTBACK><NOTIFICATION ${name}="${text}"><ORIGIN>X</ORIGIN><${name} ${name}="${text}"><${name}/></${name}></NOTIFICATION></POSTBACK>`;
          const [result] = parseBundle(xml);
          expect(result?.data).toMatchObject({ kind: 'other', fields: [{ name, children: [{ name, text: '' }] }] });
          if (result?.data?.kind !== 'other') throw new Error('unreachable');
          const attributes = result.data.fields[0]?.attributes;
          expect(Object.getPrototypeOf(attributes)).toBeNull();
          expect(Object.keys(attributes ?? {})).toEqual([name]);
          expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
          expect(Object.hasOwn({}, 'polluted')).toBe(false);
        },
      ),
      runs,
    );
  });
});
