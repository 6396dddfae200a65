import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { parseBundle, parsePostback, PostbackError, PostbackParser, safeParsePostback } from '../src/index.ts';
import type { PostbackHandlers, PostbackResult } from '../src/index.ts';
import { smsFields } from './helpers/documents.ts';
import { thrownBy } from './helpers/thrown-by.ts';

const FIELDS = smsFields('hi');
const notification = (id: number): string => `<NOTIFICATION id="${String(id)}">${FIELDS}</NOTIFICATION>`;
const bundle = (count: number): string =>
  `<POSTBACK>${Array.from({ length: count }, (_, n) => notification(n + 1)).join('')}</POSTBACK>`;

/** A parser, and the ids of what it has told so far; a message's is its envelope's. */
function collecting(): { parser: PostbackParser; ids: (string | undefined)[] } {
  const ids: (string | undefined)[] = [];
  return {
    parser: new PostbackParser({
      onResult: ({ data }) => {
        ids.push(data?.envelope?.id);
      },
    }),
    ids,
  };
}

describe('PostbackParser', () => {
  it('tells each result as its notification closes', () => {
    const { parser, ids } = collecting();
    parser.write(`<POSTBACK>${notification(1)}${notification(2).slice(0, -1)}`);
    expect(ids).toEqual(['1']);
    parser.write('>');
    expect(ids).toEqual(['1', '2']);
    parser.write('</POSTBACK>');
    parser.close();
    expect(ids).toEqual(['1', '2']);
  });

  it('tells the results before an error of the document, then throws it at each later call', () => {
    const { parser, ids } = collecting();
    const error = thrownBy(() => {
      parser.write(`<POSTBACK>${notification(1)}<NOTIFICATION>${FIELDS}</POSTBACK>${notification(3)}`);
    });
    expect(error).toBeInstanceOf(PostbackError);
    expect(ids).toEqual(['1']);
    expect(
      thrownBy(() => {
        parser.write(' ');
      }),
    ).toBe(error);
    expect(
      thrownBy(() => {
        parser.close();
      }),
    ).toBe(error);
    expect(ids).toEqual(['1']);
  });

  it('takes back a notification that a wrong end tag has closed', () => {
    const results: PostbackResult[] = [];
    const parser = new PostbackParser({
      onResult: (result) => {
        results.push(result);
      },
    });
    expect(() => {
      parser.write(`<POSTBACK><NOTIFICATION>${FIELDS}</POSTBACK>`);
    }).toThrow(PostbackError);
    expect(results).toEqual([]);
  });

  it('lets through what onResult throws, whatever it is, and reads no more', () => {
    for (const thrown of [new RangeError('mine'), 'mine', undefined]) {
      let calls = 0;
      const parser = new PostbackParser({
        onResult() {
          calls++;
          // eslint-disable-next-line @typescript-eslint/only-throw-error -- anything can be thrown
          throw thrown;
        },
      });
      expect(
        thrownBy(() => {
          parser.write(bundle(3));
        }),
      ).toBe(thrown);
      expect(
        thrownBy(() => {
          parser.close();
        }),
      ).toBe(thrown);
      expect(calls).toBe(1);
    }
  });

  it('refuses calls from inside onResult, after close, and chunks of two kinds', () => {
    const parser: PostbackParser = new PostbackParser({
      onResult: () => {
        parser.write('x');
      },
    });
    expect(
      thrownBy(() => {
        parser.write(bundle(1));
      }),
    ).toEqual(new TypeError('write and close are not to be called from inside onResult'));
    const { parser: closed } = collecting();
    closed.write(bundle(1));
    closed.close();
    expect(() => {
      closed.close();
    }).toThrow(new TypeError('this document is closed already'));
    expect(() => {
      closed.write('');
    }).toThrow(new TypeError('this document is closed already'));
    const { parser: mixed, ids } = collecting();
    mixed.write(bundle(1));
    expect(() => {
      mixed.write(new Uint8Array(1));
    }).toThrow(new TypeError('chunk: expected string, as this document began with'));
    mixed.close();
    expect(ids).toEqual(['1']);
  });

  it.each([undefined, null, {}, { onResult: 1 }])('is not made without onResult: %j', (handlers) => {
    expect(() => new PostbackParser(handlers as PostbackHandlers)).toThrow(
      new TypeError('handlers.onResult: expected a function'),
    );
  });
});

describe('a source', () => {
  it('is a string or bytes, also bytes of another realm', () => {
    const bytes: unknown = runInNewContext('Uint8Array.from(codes)', {
      codes: Array.from(bundle(1), (character) => character.charCodeAt(0)),
    });
    expect(bytes).not.toBeInstanceOf(Uint8Array);
    expect(parseBundle(bytes as Uint8Array)).toHaveLength(1);
    expect(parseBundle(Buffer.from(bundle(1)))).toHaveLength(1);
    for (const source of [
      undefined,
      null,
      7,
      {},
      [],
      new ArrayBuffer(1),
      new Uint16Array(1),
      new DataView(new ArrayBuffer(1)),
    ]) {
      for (const parse of [parsePostback, safeParsePostback, parseBundle]) {
        expect(() => parse(source as string)).toThrow(
          /^(?:source|chunk): expected a string or a Uint8Array, got [a-z]+$/,
        );
      }
    }
  });

  it('may begin with a byte order mark as a string too', () => {
    expect(parsePostback(`\uFEFF<?xml version="1.0"?><POSTBACK>${FIELDS}</POSTBACK>`)).toMatchObject({
      kind: 'sms',
      text: 'hi',
    });
    expect(safeParsePostback('\uFEFF').error).toMatchObject({ code: 'EMPTY', line: 1, column: 1 });
  });

  it.each([new Uint8Array(3), Buffer.alloc(3)])('may be in a buffer that is used again after each write', (buffer) => {
    const { parser, ids } = collecting();
    const bytes = new TextEncoder().encode(bundle(2).replace('hi', '😀é€'));
    for (let from = 0; from < bytes.length; from += 3) {
      const piece = bytes.subarray(from, from + 3);
      buffer.set(piece);
      parser.write(buffer.subarray(0, piece.length));
      buffer.fill(0xff);
    }
    parser.close();
    expect(ids).toEqual(['1', '2']);
  });
});

describe('limits', () => {
  it('hold at their exact number', () => {
    const xml = bundle(2);
    expect(parseBundle(xml, { maxBytes: xml.length })).toHaveLength(2);
    expect(() => parseBundle(xml, { maxBytes: xml.length - 1 })).toThrow(PostbackError);
    expect(parseBundle(xml, { maxNotifications: 2, maxDepth: 3, maxFields: 6 })).toHaveLength(2);
    const first = '<POSTBACK>'.length + notification(1).length;
    expect(parseBundle(xml, { maxNotificationLength: first })).toHaveLength(2);
    expect(() => parseBundle(xml, { maxNotificationLength: first - 1 })).toThrow(PostbackError);
  });

  it('count the bytes of a document in bytes, its mark too', () => {
    const bytes = new TextEncoder().encode(`\uFEFF${bundle(1).replace('hi', '€')}`);
    expect(parseBundle(bytes, { maxBytes: bytes.length })).toHaveLength(1);
    expect(() => parseBundle(bytes, { maxBytes: bytes.length - 1 })).toThrow(PostbackError);
  });

  it('can be lifted, and then what the engine cannot hold is TOO_LARGE', () => {
    const depth = 60_000;
    const deep = `<POSTBACK>${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}<ORIGIN>X</ORIGIN></POSTBACK>`;
    expect(safeParsePostback(deep, { maxDepth: Infinity, maxFields: Infinity }).error).toMatchObject({
      code: 'TOO_LARGE',
    });
    expect(safeParsePostback(deep.slice(0, depth), { maxDepth: Infinity, maxFields: Infinity }).error).toMatchObject({
      code: 'MALFORMED',
    });
  });

  it('come behind what was wrong before them, however the text is cut', () => {
    // Half a pair ends the reference that was open before it: what that was is certain there, and not behind the limit.
    const xml = '<POSTBACK><TEXT>&amp;&a\uD83Dbcdefghij';
    for (const chunks of [[xml], xml.split('')]) {
      const parser = new PostbackParser({ onResult: () => undefined }, { maxNotificationLength: xml.length - 2 });
      const error = thrownBy(() => {
        for (const chunk of chunks) parser.write(chunk);
      });
      expect(error).toMatchObject({ code: 'MALFORMED', column: xml.lastIndexOf('&a') + 1 });
    }
  });

  it('let a long text through in pieces', () => {
    const text = 'é'.repeat(3_000_000);
    const xml = `<POSTBACK>${FIELDS.replace('hi', text)}</POSTBACK>`;
    const message = parsePostback(xml, { maxNotificationLength: Infinity, maxBytes: Infinity });
    expect(message).toMatchObject({ text });
  });

  it('stop the warnings of a notification at 256', () => {
    const [first, second] = parseBundle(bundle(2).replace('hi', '&'.repeat(1000)), { recover: true });
    expect(first?.warnings).toHaveLength(256);
    expect(first?.data).toMatchObject({ text: '&'.repeat(1000) });
    expect(second?.warnings).toEqual([]);
  });
});

describe('the envelope', () => {
  it.each([
    ['', undefined],
    ['id="" created=" "', undefined],
    ['version="2" id=" 7 "', { id: '7' }],
    ['xmlns:id="1" xml:lang="en" ID="7"', { id: '7' }],
    ['id="7" created="soon"', { id: '7', createdAtRaw: 'soon' }],
  ])('of <NOTIFICATION %s> is %j', (attributes, envelope) => {
    expect(parsePostback(`<POSTBACK><NOTIFICATION ${attributes}>${FIELDS}</NOTIFICATION></POSTBACK>`).envelope).toEqual(
      envelope,
    );
  });
});

describe('recover', () => {
  const warnings = (xml: string) => parseBundle(xml, { recover: true }).flatMap(({ warnings: mended }) => mended);
  const textOf = (text: string) =>
    parsePostback(`<POSTBACK>${FIELDS.replace('hi', text)}</POSTBACK>`, { recover: true });

  it.each([
    ['AT&T', 'AT&T'],
    ['&', '&'],
    ['&&amp;&', '&&&'],
    ['&nbsp;&eacute;', '&nbsp;&eacute;'],
    ['&#0;&#xD800;&#1114112;&#x41;', '\uFFFD\uFFFD\uFFFDA'],
    ['&#;&#x;&#xZ;', '&#;&#x;&#xZ;'],
    ['\x01\uFFFE\uD800\uDC00\uDC00', '\uFFFD\uFFFD\u{10000}\uFFFD'],
    ['<![CDATA[&nope;]]>&<!-- & -->', '&nope;&'],
    ['&a<!-- \n -->', '&a'],
  ])('reads %j as %j', (sent, text) => {
    expect(textOf(sent)).toMatchObject({ text });
  });

  it('tells each mend with its code and place', () => {
    const xml = `<POSTBACK a="&">${notification(1).replace('hi', '&\n&nbsp;\x01&#0;')}</POSTBACK>`;
    expect(warnings(xml)).toEqual([
      { code: 'STRAY_AMPERSAND', line: 1, column: 14, path: 'POSTBACK' },
      { code: 'STRAY_AMPERSAND', line: 1, column: xml.indexOf('&\n') + 1, path: 'POSTBACK/NOTIFICATION[1]/TEXT' },
      { code: 'UNDEFINED_ENTITY', line: 2, column: 1, path: 'POSTBACK/NOTIFICATION[1]/TEXT' },
      { code: 'FORBIDDEN_CHARACTER', line: 2, column: 7, path: 'POSTBACK/NOTIFICATION[1]/TEXT' },
      { code: 'FORBIDDEN_CHARACTER', line: 2, column: 8, path: 'POSTBACK/NOTIFICATION[1]/TEXT' },
    ]);
  });

  it('mends attribute values', () => {
    expect(parseBundle(bundle(1).replace('"1"', `"a>'&\x01"`), { recover: true })[0]?.data?.envelope?.id).toBe(
      "a>'&\uFFFD",
    );
    expect(parseBundle(bundle(1).replace('"1"', `'a>"&\x01'`), { recover: true })[0]?.data?.envelope?.id).toBe(
      'a>"&\uFFFD',
    );
  });

  it.each([
    ['\x01', '\x01', [0]],
    ['a\uD83Db\uDE00', 'a\uFFFDb\uFFFD', [1, 3]],
    ['\\uD83D\\uDE00\\uD83D', '\u{1F600}\uFFFD', [12]],
    ['\\uDE00\\uD83D\\n', '\uFFFD\uFFFD\n', [0, 6]],
  ])('reads the string %j of JSON as %j, mended at %j', (sent, text, mends) => {
    const json = `{"timestamp":"2014-02-03T11:19:49-05:00","origin":"SMS_MO","code":"N211","from":"15550104477","to":"86717","message-text":"${sent}"}`;
    const [result] = parseBundle(json, { recover: true });
    expect(result).toMatchObject({ success: true, data: { text } });
    expect(result?.warnings).toEqual(
      mends.map((at) => ({
        code: 'FORBIDDEN_CHARACTER',
        line: 1,
        column: json.indexOf(sent) + at + 1,
        path: 'message-text',
      })),
    );
  });

  it.each([
    '<TEXT\x01>',
    '<TE\x01XT>',
    '<TEXT a\x01="1">',
    '<\x01TEXT>',
    '<![CDATA[\x01',
    '<!-- \x01',
    '<?x \x01',
    '<?\x01',
    '<![CDATA[\uD800',
    '<TEXT&>',
    '<!&',
  ])('never touches tags, CDATA sections, comments and the like: %j', (xml) => {
    expect(safeParsePostback(`<POSTBACK>${xml}`, { recover: true }).error).toMatchObject({ code: 'MALFORMED' });
  });

  it('mends no more than 10 000 places of a document', () => {
    const most = (count: number) =>
      bundle(2)
        .replace('hi', '&'.repeat(count - 5000))
        .replace('hi', '&#0;\x01'.repeat(2500));
    expect(parseBundle(most(10_000), { recover: true }).map(({ success }) => success)).toEqual([true, true]);
    expect(() => parseBundle(most(10_001), { recover: true })).toThrow(
      'A character stands here that XML allows at no such place',
    );
    expect(() => parseBundle(bundle(1).replace('hi', '&'.repeat(10_001)), { recover: true })).toThrow(
      'Something stands here that recover would mend, had it not mended 10000 places',
    );
    expect(() => parseBundle(bundle(1).replace('hi', `${'&'.repeat(10_000)}\uD83D`), { recover: true })).toThrow(
      'Something stands here that recover would mend',
    );
  });

  it('makes no name of what is none', () => {
    for (const wrong of ['\x01', '\uD800']) {
      const xml = `<POSTBACK>${FIELDS}<${wrong}X/></POSTBACK>`;
      expect(safeParsePostback(xml, { recover: true }).error).toMatchObject({ code: 'MALFORMED' });
    }
  });

  it('makes no other name of one with a forbidden character', () => {
    const xml = `<POSTBACK>${FIELDS}<A\x01></A\x01><B a\x01="1"/></POSTBACK>`;
    expect(safeParsePostback(xml, { recover: true }).error).toMatchObject({
      code: 'MALFORMED',
      column: xml.indexOf('\x01') + 1,
    });
  });

  it('keeps a bundle of 300 whole from one &, and tells which notification had it', () => {
    const xml = bundle(300).replace(notification(150), notification(150).replace('hi', 'AT&T'));
    const results = parseBundle(xml, { recover: true });
    expect(results.filter(({ success }) => success)).toHaveLength(300);
    expect(results.flatMap(({ warnings: mended }, n) => mended.map(() => n + 1))).toEqual([150]);
    expect(() => parseBundle(xml)).toThrow(PostbackError);
  });

  it('leaves errors where they stand in what was sent', () => {
    const xml = `<POSTBACK>${FIELDS.replace('hi', '&&&&&').replace('<RECEIVED>2014', '§<RECEIVED>')}</POSTBACK>`;
    const error = safeParsePostback(xml.replace('§', ''), { recover: true }).error;
    expect(error).toMatchObject({ code: 'INVALID_FIELD', line: 1, column: xml.indexOf('§') + 1 });
  });
});
