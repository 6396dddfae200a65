import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { parseBundle, parsePostback, PostbackError, PostbackParser, safeParsePostback } from '../src/index.ts';
import type { PostbackHandlers, PostbackOptions, PostbackResult } from '../src/index.ts';
import { smsFields } from './helpers/documents.ts';
import { resultsOf } from './helpers/results.ts';
import { thrownBy } from './helpers/thrown-by.ts';

const FIELDS = smsFields('hi');
const notification = (id: number): string => `<NOTIFICATION id="${String(id)}">${FIELDS}</NOTIFICATION>`;
const bundle = (count: number): string =>
  `<POSTBACK>${Array.from({ length: count }, (_, n) => notification(n + 1)).join('')}</POSTBACK>`;

/** A parser, and the envelope ids of the results so far. */
function collecting(options?: PostbackOptions): { parser: PostbackParser; ids: (string | undefined)[] } {
  const ids: (string | undefined)[] = [];
  return {
    parser: new PostbackParser({ onResult: ({ data }) => void ids.push(data?.envelope?.id) }, options),
    ids,
  };
}

describe('PostbackParser', () => {
  it('calls onResult as soon as a notification ends', () => {
    const { parser, ids } = collecting();
    parser.write(`<POSTBACK>${notification(1)}${notification(2).slice(0, -1)}`);
    expect(ids).toEqual(['1']);
    parser.write('>');
    expect(ids).toEqual(['1', '2']);
    parser.write('</POSTBACK>');
    parser.close();
    expect(ids).toEqual(['1', '2']);
  });

  it('calls onResult for the notifications before an error of the document, and throws that error at each later call', () => {
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

  it('gives no result for a notification that is closed by a wrong end tag', () => {
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

  it('passes exceptions from onResult through, and reads no further', () => {
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

  it('throws a TypeError for calls inside onResult, calls after close, and chunks of two kinds', () => {
    const parser: PostbackParser = new PostbackParser({
      onResult: () => {
        parser.write('x');
      },
    });
    expect(
      thrownBy(() => {
        parser.write(bundle(1));
      }),
    ).toEqual(new TypeError('write and close must not be called inside onResult'));
    const { parser: closed } = collecting();
    closed.write(bundle(1));
    closed.close();
    expect(() => {
      closed.close();
    }).toThrow(new TypeError('this document is already closed'));
    expect(() => {
      closed.write('');
    }).toThrow(new TypeError('this document is already closed'));
    const { parser: mixed, ids } = collecting();
    mixed.write(bundle(1));
    expect(() => {
      mixed.write(new Uint8Array(1));
    }).toThrow(new TypeError('chunk: expected string, like the first chunk of this document'));
    mixed.close();
    expect(ids).toEqual(['1']);
  });

  it.each([undefined, null, {}, { onResult: 1 }])(
    'throws a TypeError if onResult is not a function: %j',
    (handlers) => {
      expect(() => new PostbackParser(handlers as PostbackHandlers)).toThrow(
        new TypeError('handlers.onResult: expected a function'),
      );
    },
  );
});

describe('the source of a document', () => {
  it('is a string or a Uint8Array, also one from another realm', () => {
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

  it.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    [7, 'number'],
  ])('is named in the error if it is something else: %j', (wrong, type) => {
    const expected = `expected a string or a Uint8Array, got ${type}`;
    expect(() => parsePostback(wrong as string)).toThrow(new TypeError(`source: ${expected}`));
    expect(() => {
      collecting().parser.write(wrong as string);
    }).toThrow(new TypeError(`chunk: ${expected}`));
  });

  it.each([false, true])('may have any length, also if its characters are not ASCII, with recover: %s', (recover) => {
    // Characters of three bytes: the pieces in which bytes are decoded end inside one.
    const text = '€'.repeat(100_000);
    const bytes = new TextEncoder().encode(bundle(1).replace('hi', text));
    expect(parseBundle(bytes, { recover })).toMatchObject([{ data: { text }, warnings: [] }]);
    expect(resultsOf([bytes], { recover })).toMatchObject([{ data: { text }, warnings: [] }]);
  });

  it.each([0xc3, 0xff])('is refused if a byte behind the root element is not valid: %i', (byte) => {
    const bytes = Uint8Array.from([...new TextEncoder().encode(bundle(1)), byte]);
    expect(safeParsePostback(bytes).error).toMatchObject({ code: 'BAD_ENCODING', column: bundle(1).length + 1 });
  });

  it('may start with a byte order mark, also as a string', () => {
    expect(parsePostback(`\uFEFF<?xml version="1.0"?><POSTBACK>${FIELDS}</POSTBACK>`)).toMatchObject({
      kind: 'sms',
      text: 'hi',
    });
    expect(safeParsePostback('\uFEFF').error).toMatchObject({ code: 'EMPTY', line: 1, column: 1 });
  });

  it.each([new Uint8Array(3), Buffer.alloc(3)])(
    'may be in a buffer that the caller uses again after each write',
    (buffer) => {
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
    },
  );
});

describe('a limit', () => {
  it('is inclusive: exactly that number is allowed', () => {
    const xml = bundle(2);
    expect(parseBundle(xml, { maxBytes: xml.length })).toHaveLength(2);
    expect(() => parseBundle(xml, { maxBytes: xml.length - 1 })).toThrow(PostbackError);
    expect(parseBundle(xml, { maxNotifications: 2, maxDepth: 3, maxFields: 6 })).toHaveLength(2);
    const first = '<POSTBACK>'.length + notification(1).length;
    expect(parseBundle(xml, { maxNotificationLength: first })).toHaveLength(2);
    expect(() => parseBundle(xml, { maxNotificationLength: first - 1 })).toThrow(PostbackError);
  });

  it('counts bytes with the byte order mark', () => {
    const bytes = new TextEncoder().encode(`\uFEFF${bundle(1).replace('hi', '€')}`);
    expect(parseBundle(bytes, { maxBytes: bytes.length })).toHaveLength(1);
    expect(() => parseBundle(bytes, { maxBytes: bytes.length - 1 })).toThrow(PostbackError);
  });

  it('is off if it is Infinity, and a document that is too large for the engine is TOO_LARGE', () => {
    const depth = 60_000;
    const deep = `<POSTBACK>${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}<ORIGIN>X</ORIGIN></POSTBACK>`;
    expect(safeParsePostback(deep, { maxDepth: Infinity, maxFields: Infinity }).error).toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringMatching(
        /^The document is too large for the JavaScript engine at .*\. Expected a smaller document\.$/,
      ) as string,
    });
    expect(safeParsePostback(deep.slice(0, depth), { maxDepth: Infinity, maxFields: Infinity }).error).toMatchObject({
      code: 'MALFORMED',
    });
  });

  it('is reported only if there is no error before it, in chunks of any size', () => {
    // Half of a surrogate pair ends the reference before it, so that the reference is reported, not the limit.
    const xml = '<POSTBACK><TEXT>&amp;&a\uD83Dbcdefghij';
    for (const chunks of [[xml], xml.split('')]) {
      const parser = new PostbackParser({ onResult: () => undefined }, { maxNotificationLength: xml.length - 2 });
      const error = thrownBy(() => {
        for (const chunk of chunks) parser.write(chunk);
      });
      expect(error).toMatchObject({ code: 'MALFORMED', column: xml.lastIndexOf('&a') + 1 });
    }
  });

  it('counts white space before a document, in chunks of any size', () => {
    const options = { maxNotificationLength: 10 };
    const { parser } = collecting(options);
    parser.write(' '.repeat(6));
    parser.write(' '.repeat(4));
    expect(
      thrownBy(() => {
        parser.write(' ');
      }),
    ).toMatchObject({ code: 'TOO_LARGE', column: 11 });
    const { parser: full } = collecting(options);
    full.write(' '.repeat(10));
    expect(
      thrownBy(() => {
        full.close();
      }),
    ).toMatchObject({ code: 'EMPTY' });
  });

  it('does not stop a long text that is below it', () => {
    const text = 'é'.repeat(3_000_000);
    const xml = `<POSTBACK>${FIELDS.replace('hi', text)}</POSTBACK>`;
    const message = parsePostback(xml, { maxNotificationLength: Infinity, maxBytes: Infinity });
    expect(message).toMatchObject({ text });
  });

  it('allows 256 warnings per notification', () => {
    const [first, second] = parseBundle(bundle(2).replace('hi', '&'.repeat(1000)), { recover: true });
    expect(first?.warnings).toHaveLength(256);
    expect(first?.data).toMatchObject({ text: '&'.repeat(1000) });
    expect(second?.warnings).toEqual([]);
  });
});

describe('the envelope of a notification', () => {
  it.each([
    ['', undefined],
    ['id="" created=" "', undefined],
    ['version="2" id=" 7 "', { id: '7' }],
    ['xmlns:id="1" xml:lang="en" ID="7"', { id: '7' }],
    ['id="7" created="soon"', { id: '7', createdAtRaw: 'soon' }],
  ])('is read from <NOTIFICATION %s> as %j', (attributes, envelope) => {
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
    ['&nbsp;&eacute;&nosuch;', '\u00A0é&nosuch;'],
    ['&#0;&#xD800;&#1114112;&#x41;', '\uFFFD\uFFFD\uFFFDA'],
    ['&#xD83D;&#xDE00;&#55357;&#56832;', '😀😀'],
    ['&#xD800;&#xDC00;&#xDBFF;&#xDFFF;', '\u{10000}\u{10FFFF}'],
    ['&#xD83D;\x01', '\uFFFD\uFFFD'],
    ['Hi! Who? \x01', 'Hi! Who? \uFFFD'],
    ['a]]>b', 'a]]>b'],
    ['I <3 you', 'I <3 you'],
    ['<![CDATA[\x01]]>', '\uFFFD'],
    ['&#;&#x;&#xZ;', '&#;&#x;&#xZ;'],
    ['\x01\uFFFE\uD800\uDC00\uDC00', '\uFFFD\uFFFD\u{10000}\uFFFD'],
    ['<![CDATA[&nope;]]>&<!-- & -->', '&nope;&'],
    ['&a<!-- \n -->', '&a'],
  ])('reads %j as %j', (sent, text) => {
    expect(textOf(sent)).toMatchObject({ text });
  });

  it('gives a warning with code and position for each repair', () => {
    const xml = `<POSTBACK a="&">${notification(1).replace('hi', '&\n&nbsp;\x01&#0;')}</POSTBACK>`;
    expect(warnings(xml)).toEqual([
      { code: 'STRAY_AMPERSAND', line: 1, column: 14, path: 'POSTBACK' },
      { code: 'STRAY_AMPERSAND', line: 1, column: xml.indexOf('&\n') + 1, path: 'POSTBACK/NOTIFICATION[1]/TEXT' },
      { code: 'UNDEFINED_ENTITY', line: 2, column: 1, path: 'POSTBACK/NOTIFICATION[1]/TEXT' },
      { code: 'FORBIDDEN_CHARACTER', line: 2, column: 7, path: 'POSTBACK/NOTIFICATION[1]/TEXT' },
      { code: 'FORBIDDEN_CHARACTER', line: 2, column: 8, path: 'POSTBACK/NOTIFICATION[1]/TEXT' },
    ]);
  });

  it('repairs attribute values', () => {
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
  ])('reads the JSON string %j as %j, with warnings at %j', (sent, text, mends) => {
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
  ])('never changes tags, CDATA sections, comments or processing instructions: %j', (xml) => {
    expect(safeParsePostback(`<POSTBACK>${xml}`, { recover: true }).error).toMatchObject({ code: 'MALFORMED' });
  });

  it('repairs at most 10 000 places of a document', () => {
    const most = (count: number) =>
      bundle(2)
        .replace('hi', '&'.repeat(count - 5000))
        .replace('hi', '&#0;\x01'.repeat(2500));
    expect(parseBundle(most(10_000), { recover: true }).map(({ success }) => success)).toEqual([true, true]);
    expect(() => parseBundle(most(10_001), { recover: true })).toThrow('More than 10000 repairs needed');
    expect(() => parseBundle(bundle(1).replace('hi', '&'.repeat(10_001)), { recover: true })).toThrow(
      'More than 10000 repairs needed, the last one at line 1',
    );
    expect(() => parseBundle(bundle(1).replace('hi', `${'&'.repeat(10_000)}\uD83D`), { recover: true })).toThrow(
      'More than 10000 repairs needed',
    );
  });

  it('ignores any number of byte order marks before JSON, with at most 256 warnings', () => {
    const json = '{"origin":"SUB"}';
    const [result] = parseBundle(`${'\uFEFF'.repeat(10_100)}${json}`, { recover: true });
    expect(result).toMatchObject({ success: true, data: { origin: 'SUB' } });
    expect(result?.warnings).toHaveLength(256);
  });

  it('reads a text the same wherever the second reading is cut into pieces', () => {
    for (const words of [
      '<?xml a?>',
      '<?XML a?>',
      '<!-- a -->',
      '<![CDATA[a]]>',
      '<?x a?>',
      '</i >',
      '</BOLD>',
      '<3',
    ]) {
      const read = (length: number): unknown => {
        const text = `<3 ${'x'.repeat(length)}${words}.`;
        const [result] = parseBundle(`<POSTBACK>${notification(1).replace('hi', text)}</POSTBACK>`, { recover: true });
        return result?.data?.kind === 'sms' && result.data.text.slice(3 + length);
      };
      const expected = read(0);
      for (let length = 1200; length < 1600; length++) expect(read(length)).toBe(expected);
    }
  });

  it('counts repaired bytes once, also when they are read again, in chunks of any size', () => {
    const most = (count: number): Buffer =>
      Buffer.from(bundle(2).replace('hi', `<3 ${'\xE9'.repeat(count)}`), 'latin1');
    const inChunks = (bytes: Buffer, length: number): PostbackResult[] => {
      const chunks = Array.from({ length: Math.ceil(bytes.length / length) }, (_, n) =>
        bytes.subarray(n * length, (n + 1) * length),
      );
      return resultsOf(chunks, { recover: true });
    };
    for (const length of [100, 1_000_000]) {
      expect(inChunks(most(9999), length)).toMatchObject([{ success: true }, { success: true }]);
    }
    const error = thrownBy(() => inChunks(Buffer.from(bundle(1).replace('hi', '\xE9'.repeat(10_001)), 'latin1'), 100));
    expect((error as Error).message).toMatch(/^More than 10000 repairs needed/);
    expect(error).toMatchObject({ code: 'BAD_ENCODING', line: 1, column: bundle(1).indexOf('hi') + 10_001 });
    expect(thrownBy(() => inChunks(most(10_001), 1_000_000))).toEqual(thrownBy(() => inChunks(most(10_001), 100)));
    // The limit is reached at a byte that is read again.
    const again = Buffer.from(bundle(2).replace('hi', '<b>\xE9</b>'.repeat(3334)), 'latin1');
    for (const length of [100, 1_000_000]) {
      expect(inChunks(again, length)).toMatchObject([{ error: { code: 'TOO_MANY_FIELDS' } }, { success: true }]);
    }
  });

  it('repairs 10 000 halves of surrogate pairs, and reports the next one', () => {
    const halves = (count: number): string => bundle(1).replace('hi', '\uD83D'.repeat(count));
    expect(parseBundle(halves(10_000), { recover: true })).toMatchObject([{ success: true }]);
    expect(() => parseBundle(halves(10_001), { recover: true })).toThrow(
      `More than 10000 repairs needed, the last one at line 1, column ${halves(1).indexOf('\uD83D') + 10_001}`,
    );
  });

  it('does not turn a forbidden character into the start of a tag', () => {
    for (const wrong of ['\x01', '\uD800']) {
      const xml = `<POSTBACK>${FIELDS}<${wrong}X/></POSTBACK>`;
      expect(safeParsePostback(xml, { recover: true }).error).toMatchObject({ code: 'MALFORMED' });
    }
  });

  it('does not repair a forbidden character in a name', () => {
    const xml = `<POSTBACK>${FIELDS}<A\x01></A\x01><B a\x01="1"/></POSTBACK>`;
    expect(safeParsePostback(xml, { recover: true }).error).toMatchObject({
      code: 'MALFORMED',
      column: xml.indexOf('\x01') + 1,
    });
  });

  it('reads all of a bundle of 300 with one &, and gives the warning with the notification that has it', () => {
    const xml = bundle(300).replace(notification(150), notification(150).replace('hi', 'AT&T'));
    const results = parseBundle(xml, { recover: true });
    expect(results.filter(({ success }) => success)).toHaveLength(300);
    expect(results.flatMap(({ warnings: mended }, n) => mended.map(() => n + 1))).toEqual([150]);
    expect(() => parseBundle(xml)).toThrow(PostbackError);
  });

  it('does not shift the positions of errors', () => {
    const xml = `<POSTBACK>${FIELDS.replace('hi', '&&&&&').replace('<RECEIVED>2014', '§<RECEIVED>')}</POSTBACK>`;
    const error = safeParsePostback(xml.replace('§', ''), { recover: true }).error;
    expect(error).toMatchObject({ code: 'INVALID_FIELD', line: 1, column: xml.indexOf('§') + 1 });
  });
});
