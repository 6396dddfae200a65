// The edges of XML's grammar.

import { describe, expect, it } from 'vitest';
import { parseBundle, parsePostback, PostbackParser, safeParsePostback } from '../../src/index.ts';
import type { PostbackError, PostbackResult } from '../../src/index.ts';
import { resolveOptions } from '../../src/options.ts';
import { readDocument } from '../../src/read/read-document.ts';
import { bundle, mmsFields, OTHER_FIELDS, single, smsFields } from '../helpers/documents.ts';
import { resultsOf } from '../helpers/results.ts';

describe('a character reference', () => {
  it.each([0x9, 0xa, 0xd, 0x20, 0x7f, 0xd7ff, 0xe000, 0xfffd, 0x10000, 0x1fffe, 0x10ffff])(
    'to a character that XML allows is read, with and without recover: %i',
    (code) => {
      const text = String.fromCodePoint(code);
      for (const reference of [
        `&#${String(code)};`,
        `&#x${code.toString(16)};`,
        `&#x${code.toString(16).toUpperCase()};`,
      ]) {
        const xml = single(smsFields(`a${reference}b`));
        expect(parsePostback(xml)).toMatchObject({ text: `a${text}b` });
        expect(resultsOf(xml, { recover: true })).toMatchObject([{ data: { text: `a${text}b` }, warnings: [] }]);
      }
    },
  );

  it.each([0, 0x8, 0xb, 0xc, 0xe, 0x1f, 0xd800, 0xdfff, 0xfffe, 0xffff, 0x110000, 0x1000000000])(
    'to any other number is refused, and replaced with recover: %i',
    (code) => {
      const xml = single(smsFields(`a&#${String(code)};b`));
      expect(safeParsePostback(xml).error).toMatchObject({ code: 'MALFORMED', path: 'POSTBACK/TEXT' });
      expect(resultsOf([xml], { recover: true })).toMatchObject([
        { data: { text: 'a\uFFFDb' }, warnings: [{ code: 'FORBIDDEN_CHARACTER' }] },
      ]);
    },
  );
});

describe('a comment', () => {
  // `<!-->` is the start of a comment, not a whole one.
  const xml = single(`${smsFields('hi')}<!--><TEXT>no</TEXT>-->`);

  it('does not end with the hyphens of its start, wherever the document is cut', () => {
    for (let at = 0; at <= xml.length; at++)
      for (const recover of [false, true])
        expect(resultsOf([xml.slice(0, at), xml.slice(at)], { recover })).toMatchObject([{ data: { text: 'hi' } }]);
  });
});

describe('with recover', () => {
  it.each([`a='>]]>' b=">]]>"`, `a='">]]>"'`, `a="'>]]>'"`, `a = "" b='' c="]]>"`])(
    'what ends a CDATA section is no fault in the quotes of an attribute: %s',
    (attributes) => {
      const xml = single(smsFields('hi').replace('<FROM>', `<FROM ${attributes}>`));
      for (let at = 0; at <= xml.length; at++)
        expect(resultsOf([xml.slice(0, at), xml.slice(at)], { recover: true })).toMatchObject([
          { data: { text: 'hi', from: '15550104477' }, warnings: [] },
        ]);
      expect(parsePostback(xml)).toMatchObject({ from: '15550104477' });
    },
  );

  it('a tag ends behind the quotes of its attributes, wherever the document is cut', () => {
    const xml = single(smsFields('1 < 2').replace('<FROM>', `<FROM a='>"/>' b=">'?>-->" c = '&amp;'>`));
    for (let at = 0; at <= xml.length; at++)
      expect(resultsOf([xml.slice(0, at), xml.slice(at)], { recover: true })).toMatchObject([
        { data: { text: '1 < 2', from: '15550104477' }, warnings: [{ code: 'STRAY_LESS_THAN' }] },
      ]);
  });
});

describe('a document', () => {
  const text = [
    'AT&T &amp; &eacute;&#233;&#xE9; &nosuch; & &#xD83D;&#xDE00; &#xD83D;&amp; &#0;',
    ']]> ]] <3 a < b </i> <b>bold</b> <?php a?> <?x? >',
    '<![CDATA[<&]]]> & ]]>]]&gt; <!-- & -- > --> <!- <!x',
    '\x01\x02 \uD83D\uDE00 \uD83D \uDE00 \uFFFE',
    '\r\n\r \t',
    '<!-- \x01 --> <![CDATA[\x01]]> <?x \x01?> &#xD83D;\x01 &#xD83D;&#xDE00',
  ];
  const other = '<X a="&lt;&" b=\'>"]]>\' c = "&#233;"/>';
  const told = (chunks: string[], recover: boolean): unknown => {
    const results: unknown[] = [];
    const note = ({ data, error, warnings }: PostbackResult): unknown => results.push(data, error?.toJSON(), warnings);
    const parser = new PostbackParser({ onResult: note }, { recover });
    try {
      for (const chunk of chunks) parser.write(chunk);
      parser.close();
    } catch (error) {
      results.push((error as PostbackError).toJSON());
    }
    return results;
  };

  it.each([
    ...text.map((words) => bundle(`${smsFields(words, 'T1')}${other}`, smsFields('hi'))),
    bundle(`${smsFields('1 < 2')}<SUBJECT>${text.join(' ')}</SUBJECT>`),
    `\uFEFF\uFEFF \n<?xml version="1.0" encoding="klingon x"?>\n<!-- a --><?x y?>${single(smsFields('hi'))}\x01\n`,
    ` <?xml version="1.0"?>${single(smsFields('hi'))} \x01\x02<!-- b --> `,
    '<?xml version="1.0" encoding=""?><POSTBACK/>x',
    '<!DOCTYPE a>',
    `<POSTBACK><NOTIFICATION id="a>&'\x01">${smsFields('a')}</POSTBACK>`,
    `${single(smsFields('hi'))}<!-- a`,
    `${single(smsFields('hi'))}&amp;`,
    '<POSTBACK><TEXT>&#xD83D',
    '<POSTBACK><TEXT>\uD83D',
    '<POSTBACK><TEXT><![CDATA[a]]',
  ])('is read the same wherever it is cut (case %#)', (xml) => {
    for (const recover of [false, true]) {
      const whole = told([xml], recover);
      for (let at = 1; at < xml.length; at++) expect(told([xml.slice(0, at), xml.slice(at)], recover)).toEqual(whole);
      expect(told(xml.split(''), recover)).toEqual(whole);
    }
  });
});

describe('line ends', () => {
  it.each([
    ['\r\r', 3],
    ['\r\n\r\n', 3],
    ['\n\r', 3],
    ['\r\r\n', 3],
    ['\n\n', 3],
    ['\r\n', 2],
  ])('are counted as XML does: %j', (lineEnds, line) => {
    const { error } = safeParsePostback(`<POSTBACK>${lineEnds} & </POSTBACK>`);
    expect(error).toMatchObject({ code: 'MALFORMED', line, column: 2 });
  });
});

describe('a byte order mark or a declaration', () => {
  it('does not keep results until the end of the document', () => {
    const [before, after] = bundle(smsFields('a'), smsFields('b')).split(/(?<=<NOTIFICATION id="2"><ORIGIN>)/) as [
      string,
      string,
    ];
    const utf16 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf16le'));
    const declaring = (label: string): Buffer => Buffer.from(`<?xml version="1.0" encoding="${label}"?>${before}`);
    for (const [first, second] of [
      [`\uFEFF${before}`, after],
      [Buffer.from(`\uFEFF${before}`), Buffer.from(after)],
      [utf16(`\uFEFF${before}`), utf16(after)],
      [declaring('iso-8859-1'), Buffer.from(after)],
      [declaring('shift_jis'), Buffer.from(after)],
    ] as const) {
      for (const recover of [false, true]) {
        const texts: unknown[] = [];
        const onResult = ({ data }: PostbackResult): void => void texts.push(data?.kind === 'sms' && data.text);
        const parser = new PostbackParser({ onResult }, { recover });
        parser.write(first);
        expect(texts).toEqual(['a']);
        parser.write(second);
        parser.close();
        expect(texts).toEqual(['a', 'b']);
      }
    }
  });
});

it('U+FEFF is text, except at the start of a document', () => {
  const [before, after] = single(smsFields('a\uFEFFb')).split(/(?=\uFEFF)/) as [string, string];
  expect(resultsOf([before, after])).toMatchObject([{ data: { text: 'a\uFEFFb' } }]);
});

it('a warning names a FILE outside of CONTENT like any other element', () => {
  const xml = single(`${smsFields('hi')}<FILE>&</FILE>`);
  expect(resultsOf([xml], { recover: true })).toMatchObject([{ warnings: [{ path: 'POSTBACK/FILE' }] }]);
});

describe('FILE elements', () => {
  it.each([
    ['other elements in CONTENT', '<CONTENT><FILE>https://a.example/</FILE><X/><X/></CONTENT>', undefined],
    ['a CONTENT in another element', '<A><CONTENT><FILE>a</FILE><FILE>b</FILE></CONTENT></A>', undefined],
    ['CONTENT', '<CONTENT><FILE>https://a.example/</FILE><FILE>https://b.example/</FILE></CONTENT>', 'TOO_MANY_FILES'],
  ])('are counted only in CONTENT: %s', (_, content, code) => {
    const xml = single(mmsFields('M1').replace(/<CONTENT>.*<\/CONTENT>/, content));
    const [result] = resultsOf([xml], { maxFiles: 1 });
    expect(result?.error?.code).toBe(code);
  });
});

it('elements and attributes of unknown elements count for maxElements, in the whole document', () => {
  const settings = { ...resolveOptions({}), maxElements: 13 };
  // Attributes of known ones do not count.
  const fields = OTHER_FIELDS.replace('<CODE>', '<CODE a="1">');
  const errors = (...elements: string[]): unknown[] =>
    readDocument(bundle(...elements.map((element) => `${fields}${element}`)), settings).map(({ error }) => error);
  expect(errors('<x a=""/>', '<x><y/></x><z/><z/><z/><z/><z/>')).toEqual([undefined, undefined]);
  const [first, second] = errors('<x a=""/>', '<x><y/></x><z/><z/><z/><z/><z/><last/>');
  expect(first).toBeUndefined();
  expect(second).toMatchObject({
    code: 'TOO_MANY_FIELDS',
    path: 'POSTBACK/NOTIFICATION[2]/*',
    message: expect.stringMatching(
      /^More than 13 elements in the document at .*\. Expected a document with fewer of them\.$/,
    ) as string,
  });
});

it.each([
  `\n${single(smsFields('a\uFEFF'))}`,
  ` ${single(smsFields('<![CDATA[<?xml version="1.0" encoding="a b"?>]]>'))}`,
])('recover has nothing to repair: %j', (xml) => {
  expect(resultsOf([xml], { recover: true })).toMatchObject([{ success: true, warnings: [] }]);
});

it('a second reading keeps the warnings that came before the notification', () => {
  const xml = `<?xml version="1.0" encoding="klingon"?>${single(smsFields('1 < 2'))}`;
  expect(resultsOf([Buffer.from(xml)], { recover: true })).toMatchObject([
    { data: { text: '1 < 2' }, warnings: [{ code: 'UNKNOWN_CHARSET' }, { code: 'STRAY_LESS_THAN' }] },
  ]);
});

describe('the XML declaration', () => {
  it.each([
    `<?xml version="1.0" encoding = "windows-1252"?>`,
    `<?xml version='1.0'\tencoding\n=\r'windows-1252' ?>`,
    `<?xml version="1.0" encoding="windows-1252" standalone="yes"?>`,
  ])('names the encoding: %j', (declaration) => {
    const bytes = Buffer.from(`${declaration}${single(smsFields('é'))}`, 'latin1');
    expect(parsePostback(bytes)).toMatchObject({ text: 'é' });
    expect(resultsOf([...bytes].map((byte) => Uint8Array.of(byte)))).toMatchObject([{ data: { text: 'é' } }]);
  });
});

describe('an attribute of NOTIFICATION', () => {
  it.each([
    ['id="1" ID="2"', 'DUPLICATE_FIELD'],
    ['ID="1" id=" "', { id: '1' }],
    ['id="" ID="2"', { id: '2' }],
    ['created="x" Created="x"', 'DUPLICATE_FIELD'],
    ['id="1" created=""', { id: '1' }],
    ['xid="1"', undefined],
    ['id=" "', undefined],
  ])('is the envelope: %s', (attributes, expected) => {
    const xml = `<POSTBACK><NOTIFICATION ${attributes}>${smsFields('a')}</NOTIFICATION></POSTBACK>`;
    const [result] = parseBundle(xml);
    const slow = resultsOf(xml)[0];
    for (const each of [result, slow]) {
      if (typeof expected === 'string') expect(each?.error).toMatchObject({ code: expected });
      else expect(each?.data?.envelope).toEqual(expected);
    }
  });
});

describe('two elements with the time', () => {
  const times = (...names: string[]): string =>
    single(
      mmsFields('1').replace(
        /<RECEIVED>.*<\/RECEIVED>/,
        names.map((name) => `<${name}>2014-02-03T11:19:49-05:00</${name}>`).join(''),
      ),
    );

  it.each([
    [['RECEIVED', 'RECEIVED'], 'POSTBACK/RECEIVED'],
    [['RECEIVED', 'TIMESTAMP', 'RECEIVED'], 'POSTBACK/RECEIVED'],
    [['TIMESTAMP', 'TIMESTAMP'], 'POSTBACK/TIMESTAMP'],
  ])('are DUPLICATE_FIELD if they have the same name: %j', (names, path) => {
    for (const recover of [false, true])
      expect(safeParsePostback(times(...names), { recover }).error).toMatchObject({ code: 'DUPLICATE_FIELD', path });
  });

  it('that is not used may be there any number of times, in extra', () => {
    expect(parsePostback(times('RECEIVED', 'TIMESTAMP', 'TIMESTAMP')).extra.map(({ name }) => name)).toEqual([
      'TIMESTAMP',
      'TIMESTAMP',
    ]);
  });
});
