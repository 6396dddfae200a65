import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBinaryString, toBinaryString } from '../../src/read/binary-string.ts';
import { Decoder } from '../../src/read/decode.ts';
import { safeParsePostback } from '../../src/index.ts';
import { runs } from '../properties/runs.ts';

const UNUSED = { repaired: (): void => undefined };

/** The decoded text, and why decoding stopped, if it did. */
function decoded(bytes: Uint8Array, label?: string): { text: string; problem: string | undefined } {
  const decoder = new Decoder({ encoding: label, recover: false }, UNUSED);
  const { text, problem } = decoder.write(bytes);
  if (problem !== undefined) return { text, problem };
  const end = decoder.write(new Uint8Array(0), true);
  return { text: text + end.text, problem: end.problem };
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe('UTF-8', () => {
  it('is decoded, or refused, exactly as by TextDecoder', () => {
    const byte = fc.oneof(
      fc.nat(0x7f),
      fc.constantFrom(
        0x80,
        0x8f,
        0x90,
        0x9f,
        0xa0,
        0xbf,
        0xc0,
        0xc2,
        0xdf,
        0xe0,
        0xe1,
        0xed,
        0xef,
        0xf0,
        0xf1,
        0xf4,
        0xf5,
        0xff,
      ),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), (bytes) => {
        const source = Uint8Array.from([0x3c, 0x3c, 0x3c, ...bytes]);
        const { text, problem } = decoded(source);
        let platform: string | undefined;
        try {
          platform = new TextDecoder('utf-8', { fatal: true }).decode(source);
        } catch {
          platform = undefined;
        }
        expect(problem === undefined).toBe(platform !== undefined);
        if (platform !== undefined) expect(text).toBe(platform);
        // The text before the problem is complete, and is what a decoder that is not fatal starts with.
        expect(new TextDecoder().decode(source).startsWith(text)).toBe(true);
      }),
      runs,
    );
  });
});

/** The same with recover, in pieces, and the warnings. */
function recovered(
  pieces: Uint8Array[],
  label?: string,
): { text: string; problem: string | undefined; codes: string[] } {
  const codes: string[] = [];
  const decoder = new Decoder({ encoding: label, recover: true }, { repaired: (code) => void codes.push(code) });
  const text = pieces.map((piece) => decoder.write(piece).text).join('');
  const end = decoder.write(new Uint8Array(0), true);
  return { text: text + end.text, problem: end.problem, codes };
}

const le = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf16le'));
const be = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf16le').swap16());
const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

describe('with recover', () => {
  it.each<[about: string, bytes: Uint8Array, label: string | undefined, text: string, codes: string[]]>([
    ['UTF-8 that ends inside a character', ascii('<\xE2\x82'), undefined, '<\uFFFD', []],
    ['UTF-16 that ends inside a character', join(le('<é'), ascii('a')), undefined, '<é\uFFFD', []],
    ['big-endian UTF-16 that ends inside a character', join(be('<é'), ascii('a')), undefined, '<é\uFFFD', []],
    ['the transport’s UTF-16', le('<é'), 'utf-16', '<é', []],
    ['the transport’s UTF-16BE', be('<é'), 'utf-16be', '<é', []],
    ['no UTF-16, although the transport says so', ascii('<\xC3\xA9'), 'utf-16', '<é', ['UNKNOWN_CHARSET']],
    ['no UTF-16BE, although the transport says so', ascii('<\xC3\xA9'), 'utf-16be', '<é', ['UNKNOWN_CHARSET']],
  ])('reads %s', (_, bytes, label, text, codes) => {
    for (const pieces of [[bytes], Array.from(bytes, (byte) => Uint8Array.of(byte))])
      expect(recovered(pieces, label)).toEqual({ text, problem: undefined, codes });
  });

  // Each row of https://www.rfc-editor.org/rfc/rfc3629#section-4, just inside and just outside. The rest is read as
  // Windows-1252, and what starts a character that does not go on, as U+FFFD.
  it.each<[bytes: string, text: string]>([
    ['C1 BF', 'Á¿'],
    ['C2 7F', 'Â\x7F'],
    ['C2 80', '\x80'],
    ['C2 BF', '¿'],
    ['C2 C0', 'ÂÀ'],
    ['DF BF', '\u07FF'],
    ['E0 9F BF', 'àŸ¿'],
    ['E0 A0 80', '\u0800'],
    ['ED 9F BF', '\uD7FF'],
    ['EE 80 80', '\uE000'],
    ['EF BF BF', '\uFFFF'],
    ['F0 8F BF BF', 'ð\x8F¿¿'],
    ['F0 90 80 80', '\u{10000}'],
    ['F0 90 80 C0', '\uFFFDÀ'],
    ['F4 8F BF BF', '\u{10FFFF}'],
    ['F4 90 80 80', 'ô\x90€€'],
    ['F5 80 80 80', 'õ€€€'],
    ['ED A0 80 ED B0 80', '\u{10000}'],
    ['ED AF BF ED BF BF', '\u{10FFFF}'],
    ['ED A0 80', '\uFFFD'],
    ['ED B0 80', '\uFFFD'],
  ])('UTF-8 is read to its edges: %s', (hexadecimal, text) => {
    const bytes = Uint8Array.from(hexadecimal.split(' '), (byte) => parseInt(byte, 16));
    for (const pieces of [[bytes], Array.from(bytes, (byte) => Uint8Array.of(byte))]) {
      const decoder = new Decoder({ encoding: undefined, recover: true }, UNUSED);
      const before = decoder.write(ascii('<a>')).text;
      const read = pieces.map((piece) => decoder.write(piece).text).join('');
      expect(before + read + decoder.write(ascii('</a>'), true).text).toBe(`<a>${text}</a>`);
    }
  });
});

it('fromBinaryString and toBinaryString are the inverse of each other', () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, n) => n);
  expect(fromBinaryString(toBinaryString(bytes))).toEqual(bytes);
  expect(fromBinaryString('a\xFF')).toEqual(Uint8Array.of(0x61, 0xff));
});

describe('Windows-1252', () => {
  it('is decoded by the table of the Encoding Standard', () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const upper = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8DŽ\x8F\x90‘’“”•–—˜™š›œ\x9Dž\x9FŸ'.replace('\x9F', '');
    const expected = Array.from(all, (byte) =>
      byte >= 0x80 && byte <= 0x9f ? upper.charAt(byte - 0x80) : String.fromCharCode(byte),
    ).join('');
    expect(decoded(all, 'windows-1252')).toEqual({ text: expected, problem: undefined });
    expect(decoded(all, ' ISO-8859-1 ')).toEqual({ text: expected, problem: undefined });
  });

  it('is decoded completely, however long it is', () => {
    expect(decoded(new Uint8Array(50_000).fill(0xe9), 'latin1').text).toBe('é'.repeat(50_000));
  });
});

describe('the encoding of a document', () => {
  it.each<[about: string, bytes: Uint8Array, label: string | undefined, text: string]>([
    ['a mark before the transport', join(ascii('\xEF\xBB\xBF'), new TextEncoder().encode('<é')), 'latin1', '<é'],
    ['a UTF-16 mark before the transport', join(ascii('\xFF\xFE'), le('<é')), 'utf-8', '<é'],
    ['a big-endian mark', join(ascii('\xFE\xFF'), be('<é')), undefined, '<é'],
    [
      'the transport before the declaration',
      ascii('<?xml version="1.0" encoding="utf-8"?>\xE9'),
      'ISO-8859-1',
      '<?xml version="1.0" encoding="utf-8"?>é',
    ],
    ['the transport’s utf-16', le('é<'), 'UTF-16', 'é<'],
    ['the transport’s utf-16be', be('é<'), 'utf-16be', 'é<'],
    ['the bytes of the first < (UTF-16)', le('<é'), undefined, '<é'],
    ['the bytes of the first < (big-endian UTF-16)', be('<é'), undefined, '<é'],
    ['the bytes of white space (UTF-16)', be('\n<é'), undefined, '\n<é'],
    [
      'the declaration',
      ascii("<?xml version='1.0' encoding='iso-8859-1'?>\xE9"),
      undefined,
      "<?xml version='1.0' encoding='iso-8859-1'?>é",
    ],
    [
      'UTF-8, if a declaration of UTF-16 cannot be true',
      ascii('<?xml version="1.0" encoding="UTF-16"?>\xC3\xA9'),
      undefined,
      '<?xml version="1.0" encoding="UTF-16"?>é',
    ],
    [
      'UTF-8, if a declaration of UTF-16BE cannot be true',
      ascii('<?xml version="1.0" encoding="UTF-16BE"?>\xC3\xA9'),
      undefined,
      '<?xml version="1.0" encoding="UTF-16BE"?>é',
    ],
    ...['ascii', ' US-ASCII\t', 'ANSI_X3.4-1968'].map((label): [string, Uint8Array, string, string] => [
      `UTF-8, if the transport says ${label}`,
      ascii('<\xC3\xA9'),
      label,
      '<é',
    ]),
    [
      'UTF-8, if the declaration names no encoding',
      ascii('<?xml version="1.0"?>\xC3\xA9'),
      undefined,
      '<?xml version="1.0"?>é',
    ],
    [
      'UTF-8, if the declaration does not end',
      ascii(`<?xml ${' '.repeat(2000)}`),
      undefined,
      `<?xml ${' '.repeat(2000)}`,
    ],
    ['UTF-8, if the document is shorter than a declaration', ascii('<?x'), undefined, '<?x'],
    ['the default, UTF-8', ascii('<\xC3\xA9'), undefined, '<é'],
    ['the transport, if the byte order mark is not complete', ascii('\xEF\xBB'), 'latin1', 'ï»'],
    ['the default, UTF-8, if there is no byte', new Uint8Array(0), undefined, ''],
    ['UTF-8, if there is only one byte', ascii('<'), undefined, '<'],
  ])('is found by %s', (_, bytes, label, text) => {
    expect(decoded(bytes, label)).toEqual({ text, problem: undefined });
    // The same byte by byte.
    const decoder = new Decoder({ encoding: label, recover: false }, UNUSED);
    const pieces = Array.from(bytes, (byte) => decoder.write(Uint8Array.of(byte)).text);
    expect(pieces.join('') + decoder.write(new Uint8Array(0), true).text).toBe(text);
  });

  it.each<[about: string, bytes: Uint8Array, label: string | undefined, before: string, problem: string]>([
    ...['xascii', 'asciix', 'us-ascii-1'].map((label): [string, Uint8Array, string, string, string] => [
      `a label that is not supported: ${label}`,
      ascii('<'),
      label,
      '',
      "Unsupported encoding in the transport's charset",
    ]),
    ['a label that is not supported', ascii('<'), 'klingon', '', "Unsupported encoding in the transport's charset"],
    [
      'a declaration that is not supported',
      ascii('<?xml version="1.0" encoding="KLINGON"?>'),
      undefined,
      '',
      'Unsupported encoding in the XML declaration',
    ],
    [
      'a declaration with a > in it',
      ascii('<?xml version="1.0" encoding="EUC>JP"?>\xFF'),
      undefined,
      '<?xml version="1.0" encoding="EUC>JP"?>',
      'Invalid UTF-8',
    ],
    [
      'an empty declaration',
      ascii('<?xml version="1.0" encoding=""?>'),
      undefined,
      '',
      'Unsupported encoding in the XML declaration',
    ],
    ['a wrong byte', ascii('<a\xFFb'), undefined, '<a', 'Invalid UTF-8'],
    ['half of a surrogate pair', le('<\uDC00b'), undefined, '<', 'Invalid UTF-16LE'],
    ['an end inside a character', ascii('<\xE2\x82'), undefined, '<', 'The document ends inside a character'],
    ['an odd byte', join(le('<'), ascii('a')), undefined, '<', 'The document ends inside a character'],
    ['half of a surrogate pair at the end', le('<\uD83D'), undefined, '<', 'The document ends inside a character'],
    ['half of a byte order mark', ascii('\xFE'), undefined, '', 'Invalid UTF-8'],
  ])('is refused: %s', (_, bytes, label, before, problem) => {
    expect(decoded(bytes, label)).toEqual({ text: before, problem });
  });

  it('gives BAD_ENCODING after the text that could be decoded', () => {
    expect(safeParsePostback(ascii('<POSTBACK>\n\xFF')).error).toMatchObject({
      code: 'BAD_ENCODING',
      line: 2,
      column: 1,
      path: 'POSTBACK',
    });
    expect(safeParsePostback('<POSTBACK/>', { encoding: 'no such' }).error?.code).toBe('NO_NOTIFICATION');
  });
});
