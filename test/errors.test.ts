import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isPostbackError, parseBundle, parsePostback, PostbackError, safeParsePostback } from '../src/index.ts';
import type { PostbackOptions } from '../src/index.ts';
import { single, smsFields } from './helpers/documents.ts';

/** The error of a document. */
function errorOf(source: string | Uint8Array, options?: PostbackOptions): PostbackError {
  const { error } = safeParsePostback(source, options);
  if (error === undefined) throw new Error('parsed');
  return error;
}

const SMS = single(smsFields('hi'));

const J_SMS =
  '{"origin":"SMS_MO","code":"N211","from":"15550104477","to":"86717","message-text":"hi","timestamp":"2014-02-03T11:19:49-05:00"}';
const J_MMS = J_SMS.replace('SMS_MO', 'MMS_MO').replace('"message-text":"hi"', '"tracking-id":"1"').slice(0, -1);
const NO_JSON = 'This is not well-formed JSON:';
const NO_STRING = 'is a number that is no whole one of at most 2^53 - 1 in plain digits';
const jsonRows: [about: string, source: string, message: string, options?: PostbackOptions][] = [
  [
    'JSON that was cut off',
    `${J_SMS.slice(0, 20)}§`,
    `${NO_JSON} it ends inside a notification; it may have been cut off, at SPOT. Expected "}".`,
  ],
  [
    'JSON that was cut off in an escape',
    '{"code":"\\u12§',
    `${NO_JSON} it ends inside a notification; it may have been cut off, at SPOT (code). Expected "}".`,
  ],
  [
    'JSON that was cut off in its first string',
    '{"cod§',
    `${NO_JSON} it ends inside a notification; it may have been cut off, at SPOT. Expected "}".`,
  ],
  [
    'a list that was cut off',
    `[${J_SMS},§`,
    `${NO_JSON} it ends inside a list; it may have been cut off, at SPOT. Expected "]".`,
  ],
  [
    'more behind an object',
    `${J_SMS}\n§{}`,
    `${NO_JSON} something stands behind its end, at SPOT. Expected nothing more.`,
  ],
  [
    'no comma between notifications',
    `[${J_SMS}§${J_SMS}]`,
    `${NO_JSON} something else stands behind a notification, at SPOT. Expected "," or "]".`,
  ],
  [
    'a comma at the end of a list',
    `[${J_SMS},§]`,
    `${NO_JSON} no item of the list stands here, at SPOT. Expected an object.`,
  ],
  [
    'no comma between members',
    '{"code":"1"§"from":"2"}',
    `${NO_JSON} something else stands behind a value, at SPOT. Expected "," or "}".`,
  ],
  [
    'no comma between items',
    '{"content":[{}§{}]}',
    `${NO_JSON} something else stands behind a value, at SPOT (content). Expected "," or "]".`,
  ],
  [
    'a comma at the end of an object',
    '{"code":"1",§}',
    `${NO_JSON} no name of a member stands here, at SPOT. Expected a name in double quotes.`,
  ],
  [
    'a name without quotes',
    '{§code:"1"}',
    `${NO_JSON} no name of a member stands here, at SPOT. Expected a name in double quotes.`,
  ],
  ['no colon', '{"code"§"1"}', `${NO_JSON} something else stands behind the name of a member, at SPOT. Expected ":".`],
  [
    'no value',
    '{"code":§}',
    `${NO_JSON} no value stands here, at SPOT (code). Expected a string, an object, a list, a number, true, false or null.`,
  ],
  [
    'a number with a zero before it',
    '{"code":0§07}',
    `${NO_JSON} something else stands behind a value, at SPOT. Expected "," or "}".`,
  ],
  [
    'the wrong bracket',
    '{"content":[{"file":"1"§]]}',
    `${NO_JSON} something else stands behind a value, at SPOT (content). Expected "," or "}".`,
  ],
  [
    'an escape that is none',
    '{"code":"a§\\x41"}',
    `${NO_JSON} this escape is none, at SPOT (code). Expected \\", \\\\, \\/, \\b, \\f, \\n, \\r, \\t, or \\u and four hexadecimal digits.`,
  ],
  [
    'a control character in a string',
    '{"code":"a§\nb"}',
    `${NO_JSON} a control character stands in a string, at SPOT (code). Expected its escape, as in \\n.`,
  ],
  [
    'half a pair in a string',
    '{"code":"😀§\uD83D"}',
    `${NO_JSON} half a surrogate pair stands here, at SPOT (code). Expected whole characters.`,
  ],
  [
    'half a pair as an escape',
    '{"code":"\\uD83D\\uDE00§\\uD83D"}',
    `${NO_JSON} half a surrogate pair stands here, at SPOT (code). Expected whole characters.`,
  ],
  [
    'two halves of pairs as escapes',
    '{"code":"§\\uD83D\\uD83D\\uDE00"}',
    `${NO_JSON} half a surrogate pair stands here, at SPOT (code). Expected whole characters.`,
  ],
  [
    'too many bytes of JSON',
    `${J_SMS.slice(0, 20)}§${J_SMS.slice(20)}`,
    'The document has more than 20 bytes, at SPOT. Expected a smaller one, or a larger maxBytes.',
    { maxBytes: 20 },
  ],
  [
    'too large a notification in JSON',
    `${J_SMS.slice(0, 20)}§${J_SMS.slice(20)}`,
    "There are more than 20 bytes since the last notification's end, at SPOT. Expected a smaller notification, or a larger maxNotificationLength.",
    { maxNotificationLength: 20 },
  ],
  [
    'too deep JSON',
    '{"content":[{"file":§[',
    'Objects and lists are nested deeper than 3, at SPOT (content[0].file). Expected less depth, or a larger maxDepth.',
    { maxDepth: 3 },
  ],
  [
    'too deep a list',
    '[§{',
    'Objects and lists are nested deeper than 1, at SPOT ([0]). Expected less depth, or a larger maxDepth.',
    { maxDepth: 1 },
  ],
  [
    'too many notifications in JSON',
    `[${J_SMS},§{`,
    'There are more than 1 notifications, at SPOT ([1]). Expected fewer, or a larger maxNotifications.',
    { maxNotifications: 1 },
  ],
  [
    'too many members',
    '{"a":[1,§2,3],"b":1}',
    'There are more than 2 elements in this notification, at SPOT (*[1]). Expected fewer, or a larger maxFields.',
    { maxFields: 2 },
  ],
  [
    'too many files in JSON',
    '{"content":[{"file":"1"},{§"file":"2"}]}',
    'There are more than 1 FILEs in this notification, at SPOT (content[1].file). Expected fewer, or a larger maxFiles.',
    { maxFiles: 1 },
  ],
  [
    'an item that is no object',
    `[${J_SMS},§"x"]`,
    'This item of the list is no notification, at SPOT ([1]). Expected an object.',
  ],
  ['an empty list', ' §[ ]', 'The list is empty, at SPOT. Expected objects, each a notification.'],
  [
    'a missing member',
    `[§${J_SMS.replace('"message-text":"hi",', '')}]`,
    'The SMS MO has no message-text, at SPOT ([0].message-text). Expected the member message-text or keyword.',
  ],
  [
    'a missing id',
    `§${J_MMS.replace('"tracking-id":"1",', '')}}`,
    'The MMS MO has no tracking-id, at SPOT (tracking-id). Expected the member tracking-id.',
  ],
  [
    'a name twice',
    J_SMS.replace('"to"', '"code":"N211",§"code":"N211","to"').replace('"code":"N211",', ''),
    'code stands here a second time in one notification, at SPOT (code). Expected it once.',
  ],
  [
    'a name in two spellings',
    J_SMS.replace('"to"', '§"From":"1","to"'),
    'FROM stands here a second time in one notification, at SPOT (FROM). Expected it once.',
  ],
  [
    'an unknown name twice',
    `${J_SMS.slice(0, -1)},"x":{"y":1,§"y":2}}`,
    '* stands here a second time in one notification, at SPOT (*.*). Expected it once.',
  ],
  [
    'a number with a fraction',
    J_SMS.replace('"to":"86717"', '§"to":86717.0'),
    `to ${NO_STRING}, at SPOT (to). Expected a string.`,
  ],
  [
    'a number with an exponent',
    J_SMS.replace('"to":"86717"', '§"to":86717e0'),
    `to ${NO_STRING}, at SPOT (to). Expected a string.`,
  ],
  ['minus nought', J_SMS.replace('"to":"86717"', '§"to":-0'), `to ${NO_STRING}, at SPOT (to). Expected a string.`],
  [
    'a number too large',
    J_SMS.replace('"to":"86717"', '§"to":9007199254740992'),
    `to ${NO_STRING}, at SPOT (to). Expected a string.`,
  ],
  [
    'a truth',
    J_SMS.replace('"message-text":"hi"', '§"message-text":true'),
    'message-text is true or false, at SPOT (message-text). Expected a string.',
  ],
  [
    'an object in a text',
    J_SMS.replace('"message-text":"hi"', '§"message-text":{"b":"hi"}'),
    'An object or a list stands in place of a text, at SPOT (message-text). Expected a string.',
  ],
  [
    'a string in place of a list',
    `${J_MMS},§"content":"https://a"}`,
    'A value of another kind stands in place of a list, at SPOT (content). Expected a list, as in [{"file": "..."}].',
  ],
  [
    'a string as a file',
    `${J_MMS},"content":[{"file":"1"},§"https://a"]}`,
    'This item of the list is no object, at SPOT (content[1]). Expected one, as in {"file": "..."}.',
  ],
  [
    'a number as a file',
    `${J_MMS},"content":[{"file":"1"},{§"file":1.5}]}`,
    `file ${NO_STRING}, at SPOT (content[1].file). Expected a string.`,
  ],
  [
    'several objects',
    `[${J_SMS},§${J_SMS}]`,
    'A second notification stands here, at SPOT ([1]). Expected one; parseBundle reads all.',
  ],
  [
    'an object of another kind',
    '§{"origin":"SUB"}',
    'The notification is of another kind than a message from a handset, at SPOT. Expected the ORIGIN SMS_MO or MMS_MO; parseBundle reads all kinds.',
  ],
];

describe('an error says what was wrong, where, and what was expected', () => {
  const bundle = `<POSTBACK><NOTIFICATION>${SMS.slice(10, -11)}</NOTIFICATION><NOTIFICATION/></POSTBACK>`;
  it.each<[about: string, source: string | Uint8Array, message: string, options?: PostbackOptions]>([
    [
      'nothing',
      '§ \n',
      'There is no document, at SPOT. Expected XML whose root element is POSTBACK, or a JSON object.',
    ],
    [
      'a stray &',
      SMS.replace('hi', 'AT§&T'),
      'An "&" begins no reference that is known without a document type declaration, at SPOT (POSTBACK/TEXT). Expected &amp; for the character itself, one of &lt; &gt; &quot; &apos;, or the reference of a character that XML allows.',
    ],
    [
      'a document type declaration',
      '§<!DOCTYPE',
      'A document type declaration begins, at SPOT. Expected none: it is never read.',
    ],
    [
      'a lone surrogate',
      SMS.replace('hi', '§\uDC00'),
      'Half a surrogate pair stands here, at SPOT (POSTBACK/TEXT). Expected whole characters.',
    ],
    [
      'a document that was cut off',
      `${SMS.slice(0, 100)}§`,
      'The document ends inside an element; it may have been cut off, at SPOT (POSTBACK/TEXT). Expected the end tags of all elements.',
    ],
    [
      'a wrong end tag',
      '<POSTBACK>\n<FROM>1</TO§></POSTBACK>',
      'This end tag is not of the innermost open element, at SPOT (POSTBACK/FROM). Expected the end tag of the element that the path names.',
    ],
    [
      'too many bytes',
      `${SMS.slice(0, 20)}§${SMS.slice(20)}`,
      'The document has more than 20 bytes, at SPOT (POSTBACK/ORIGIN). Expected a smaller one, or a larger maxBytes.',
      { maxBytes: 20 },
    ],
    [
      'too large a notification',
      `${SMS.slice(0, 20)}§${SMS.slice(20)}`,
      "There are more than 20 bytes since the last notification's end, at SPOT (POSTBACK/ORIGIN). Expected a smaller notification, or a larger maxNotificationLength.",
      { maxNotificationLength: 20 },
    ],
    [
      'too deep a document',
      SMS.replace('<ORIGIN', '§<ORIGIN'),
      'Elements are nested deeper than 1, at SPOT (POSTBACK/ORIGIN). Expected less depth, or a larger maxDepth.',
      { maxDepth: 1 },
    ],
    [
      'too many notifications',
      bundle.replace('<NOTIFICATION/>', '§<NOTIFICATION/>'),
      'There are more than 1 notifications, at SPOT (POSTBACK/NOTIFICATION[2]). Expected fewer, or a larger maxNotifications.',
      { maxNotifications: 1 },
    ],
    [
      'too many elements',
      SMS.replace('<FROM', '§<FROM'),
      'There are more than 2 elements in this notification, at SPOT (POSTBACK/FROM). Expected fewer, or a larger maxFields.',
      { maxFields: 2 },
    ],
    [
      'too many files',
      '<POSTBACK><CONTENT><FILE/>§<FILE/></CONTENT></POSTBACK>',
      'There are more than 1 FILEs in this notification, at SPOT (POSTBACK/CONTENT/FILE[2]). Expected fewer, or a larger maxFiles.',
      { maxFiles: 1 },
    ],
    [
      'wrong bytes',
      Uint8Array.of(0x3c, 0xff),
      'These bytes are not UTF-8, at line 1, column 2. Expected UTF-8, UTF-16 or Windows-1252 (ISO-8859-1), and the document to be in the one that is named.',
    ],
    ['another root', '§<html lang=en>', 'The root element is no postback, at SPOT (*). Expected <POSTBACK>.'],
    [
      'fields beside a NOTIFICATION',
      '<POSTBACK><NOTIFICATION/>§<FROM/></POSTBACK>',
      'Fields stand straight in POSTBACK beside a NOTIFICATION, at SPOT (POSTBACK/FROM). Expected NOTIFICATION elements alone, or the fields of one notification alone.',
    ],
    [
      'words in POSTBACK',
      '<POSTBACK>hello§<FROM/></POSTBACK>',
      'Words stand straight in POSTBACK, before this place, at SPOT (POSTBACK). Expected elements alone.',
    ],
    [
      'an empty postback',
      '§<POSTBACK></POSTBACK>',
      'The postback is empty, at SPOT (POSTBACK). Expected NOTIFICATION elements, or the fields of one notification.',
    ],
    [
      'a missing field',
      `§${SMS.replace('<TEXT>hi</TEXT>', '')}`,
      'The SMS MO has no TEXT, at SPOT (POSTBACK/TEXT). Expected the element TEXT or KEYWORD.',
    ],
    [
      'a missing time',
      `§${SMS.replace(/<RECEIVED>.*<\/RECEIVED>/, '')}`,
      'The SMS MO has no RECEIVED, at SPOT (POSTBACK/RECEIVED). Expected the element RECEIVED or TIMESTAMP.',
    ],
    [
      'a missing origin',
      '§<POSTBACK><FROM/></POSTBACK>',
      'The notification has no ORIGIN, at SPOT (POSTBACK/ORIGIN). Expected the element ORIGIN.',
    ],
    [
      'a field twice',
      SMS.replace('<TEXT>', '§<FROM>1</FROM><TEXT>'),
      'FROM stands here a second time in one notification, at SPOT (POSTBACK/FROM). Expected it once.',
    ],
    [
      'an empty field',
      SMS.replace('<TO>86717', '§<TO> '),
      'TO is empty, at SPOT (POSTBACK/TO). Expected the short code or number that was texted.',
    ],
    [
      'no time',
      SMS.replace('<RECEIVED>2014', '§<RECEIVED>MMXIV'),
      'RECEIVED is no time, at SPOT (POSTBACK/RECEIVED). Expected one as in 2014-02-03T11:19:49-05:00.',
    ],
    [
      'a time without offset',
      SMS.replace('<REC', '§<REC').replace('-05:00', ''),
      "RECEIVED has no offset from UTC, so that its instant is not known, at SPOT (POSTBACK/RECEIVED). Expected one as in 2014-02-03T11:19:49-05:00, or the option defaultOffset (as in '-05:00') for times without.",
    ],
    [
      'an element in a text',
      SMS.replace('<TEXT>hi', '§<TEXT><b>hi</b>'),
      'An element stands inside a field that holds text, at SPOT (POSTBACK/TEXT). Expected text alone, with each "<" in it written as &lt;.',
    ],
    [
      'words in NOTIFICATION',
      '<POSTBACK>§<NOTIFICATION>hello</NOTIFICATION></POSTBACK>',
      'Words stand straight in this element, which holds fields, at SPOT (POSTBACK/NOTIFICATION[1]). Expected elements alone.',
    ],
    [
      'words in CONTENT',
      SMS.replace('SMS_MO', 'MMS_MO').replace('<TEXT>hi</TEXT>', '<TRACKINGID>1</TRACKINGID>§<CONTENT>hello</CONTENT>'),
      'Words stand straight in this element, which holds a list, at SPOT (POSTBACK/CONTENT). Expected elements alone.',
    ],
    [
      'BODY twice',
      '<POSTBACK><NOTIFICATION><BODY/>§<BODY/></NOTIFICATION></POSTBACK>',
      'BODY stands twice in this notification, at SPOT (POSTBACK/NOTIFICATION[1]/BODY). Expected it once.',
    ],
    [
      'an attribute twice',
      '<POSTBACK>§<NOTIFICATION id="1" ID="2"><ORIGIN>X</ORIGIN></NOTIFICATION></POSTBACK>',
      'The attribute ID stands twice, in two spellings, at SPOT (POSTBACK/NOTIFICATION[1]). Expected it once.',
    ],
    [
      'several notifications',
      bundle.replace('<NOTIFICATION/>', '§<NOTIFICATION/>'),
      'A second notification stands here, at SPOT (POSTBACK/NOTIFICATION[2]). Expected one; parseBundle reads all.',
    ],
    ...jsonRows,
    [
      'another kind',
      '§<POSTBACK><ORIGIN>SUB</ORIGIN></POSTBACK>',
      'The notification is of another kind than a message from a handset, at SPOT (POSTBACK). Expected the ORIGIN SMS_MO or MMS_MO; parseBundle reads all kinds.',
    ],
  ])('%s', (_, marked, message, options) => {
    // The spot is marked in the document.
    const lines = String(marked).split('§')[0]?.split('\n') ?? [];
    const spot = `line ${String(lines.length)}, column ${String((lines.at(-1)?.length ?? 0) + 1)}`;
    const source = typeof marked === 'string' ? marked.replace('§', '') : marked;
    expect(errorOf(source, options).message).toBe(message.replace('SPOT', spot));
  });

  it.each([
    [
      '<POSTBACK a="<">',
      'A character stands here that XML allows at no such place (a control character, or a "<" in an attribute)',
    ],
    [
      '<POSTBACK>\x01',
      'A character stands here that XML allows at no such place (a control character, or a "<" in an attribute)',
    ],
    ['<POSTBACK>< b/>', 'A "<" begins no tag'],
    ['<POSTBACK></POSTBACK x>', 'An end tag holds more than a name'],
    ['<POSTBACK =>', 'A start tag is not well-formed'],
    ['<POSTBACK /x>', 'A start tag is not well-formed'],
    ['<POSTBACK a>', 'An attribute has no value'],
    ['<POSTBACK a=b>', 'The value of an attribute stands in no quotes'],
    ['<POSTBACK a="1"b="2">', 'Two attributes stand close together'],
    ['<POSTBACK a="1" a="2">', 'An attribute stands twice in this tag'],
    ['<POSTBACK/></a>', 'This end tag closes no open element'],
    ['<POSTBACK></>', 'An end tag has no name'],
    ['<POSTBACK>]]>', '"]]>" stands in text'],
    ['<POSTBACK/><POSTBACK/>', 'A second root element begins'],
    ['<POSTBACK><!ELEMENT a>', 'A "<!" begins nothing that may stand here'],
    ['<!-- a -- b -->', 'A comment holds "--"'],
    ['<? x?>', 'A processing instruction has no name'],
    ['<?1?>', 'The name of a processing instruction is not well-formed'],
    ['<?x?y?>', 'The name of a processing instruction is not well-formed'],
    ['<POSTBACK/><!--', 'The document ends inside a tag, a comment or the like; it may have been cut off'],
    ['<!-- -->', 'The document ends without a root element; it may have been cut off'],
    ['<?xml version="2.0"?>', 'The XML declaration is not well-formed, or not at the start of the document'],
    [' <?xml version="1.0"?>', 'The XML declaration is not well-formed, or not at the start of the document'],
    ['\uFEFF\uFEFF<POSTBACK/>', 'There is text outside the root element'],
    ['<!-- a --><?b c?> d <POSTBACK/>', 'There is text outside the root element'],
    ['<POSTBACK/>&amp;', 'There is text outside the root element'],
    ['<![CDATA[x]]><POSTBACK/>', 'There is text outside the root element'],
    ['<POSTBACK/><![CDATA[x]]>', 'There is text outside the root element'],
  ])('%j is not well-formed', (xml, problem) => {
    const { code, message } = errorOf(xml);
    expect([code, message.split(', at line ')[0]]).toEqual(['MALFORMED', problem]);
  });
});

describe('the excerpt', () => {
  it('shows the line with a caret under the spot', () => {
    expect(errorOf(SMS.replace(/></g, '>\n  <').replace('hi', 'AT&T')).excerpt).toBe('  <TEXT>AT&\n          ^');
    expect(
      errorOf('<POSTBACK>\r\n  <ORIGIN>SMS_MO</ORIGIN>\r\n  <CODE\r\n>1</CODE><FROM>  </FROM></POSTBACK>').excerpt,
    ).toBe('>1</CODE><FROM>  </FROM></POSTBACK>\n         ^');
  });

  it('has at most 80 characters of the line', () => {
    for (const text of ['x'.repeat(200), '😀'.repeat(100), `${'x'.repeat(60)}\t\x7F[31m`]) {
      const { excerpt } = errorOf(`<POSTBACK><TEXT>${text}&${text}`);
      const [line = '', caret = ''] = excerpt.split('\n');
      expect(line.length).toBeLessThanOrEqual(80);
      expect(line[caret.length - 1]).toBe('&');
      expect(line.isWellFormed()).toBe(true);
    }
  });

  it('shows both sides of a spot in a long line', () => {
    const from = '<FROM></FROM>';
    const { excerpt } = errorOf(
      `<POSTBACK>${'<A/>'.repeat(50)}<ORIGIN>SMS_MO</ORIGIN><CODE/>${from}${'<A/>'.repeat(50)}</POSTBACK>`,
    );
    const [line = '', caret = ''] = excerpt.split('\n');
    expect(line).toHaveLength(80);
    expect(line.slice(caret.length - 1)).toMatch(new RegExp(`^${from}(<A/>)+`));
  });

  it('holds no control character', () => {
    const { excerpt } = errorOf('<POSTBACK><TEXT>\t\x1B[31m');
    expect(excerpt).toBe('<POSTBACK><TEXT> \uFFFD\n                 ^');
  });
});

describe('what an error shows', () => {
  const secret = 'call me at home';
  const errors = [
    errorOf(SMS.replace('hi', `${secret} & ${secret}`)),
    errorOf(SMS.replace('15550104477', ' ').replace('hi', secret)),
    errorOf(SMS.replace('SMS_MO', 'SMS_MT').replace('hi', secret)),
    errorOf(`<${secret.replace(/ /g, '')}>`),
    errorOf(SMS.replace(/TEXT/g, secret.replace(/ /g, ''))),
    errorOf(`<POSTBACK ${secret.replace(/ /g, '')}="1" ${secret.replace(/ /g, '')}="1">`),
  ];

  it.each(errors.map((error) => [error.code, error] as const))(
    '%s: loggers print nothing of the message',
    (_, error) => {
      const printed: string[] = [];
      const stream = new Writable({
        write(chunk, _encoding, done) {
          printed.push(String(chunk));
          done();
        },
      });
      new Console(stream).log(error);
      expect(printed.join('')).toContain(error.code);
      const all = [
        printed.join(''),
        inspect(error, { depth: 9, showHidden: true }),
        JSON.stringify(error),
        String(error),
        error.stack ?? '',
      ].join('\n');
      for (const word of [secret, secret.replace(/ /g, ''), '15550104477', '86717']) expect(all).not.toContain(word);
    },
  );

  it('is still there for who asks', () => {
    expect(errors[0]?.excerpt).toContain(secret);
    expect(errors[2]?.notification).toMatchObject({ kind: 'other', origin: 'SMS_MT', code: 'N211' });
    expect(JSON.parse(JSON.stringify(errors[1]))).toEqual({
      name: 'PostbackError',
      code: 'INVALID_FIELD',
      message: errors[1]?.message,
      line: 1,
      column: 51,
      path: 'POSTBACK/FROM',
    });
  });

  it('has no cause', () => {
    for (const error of errors) expect(error).not.toHaveProperty('cause');
  });
});

describe('isPostbackError', () => {
  it('knows a PostbackError by its brand', () => {
    expect(isPostbackError(errorOf(''))).toBe(true);
    expect(isPostbackError({ [Symbol.for('mo-postback.PostbackError')]: true })).toBe(true);
    for (const value of [undefined, null, 'EMPTY', {}, new Error('EMPTY')]) expect(isPostbackError(value)).toBe(false);
  });

  it('has an instance for the safe twin and throws one from the others', () => {
    expect(() => parsePostback('')).toThrow(PostbackError);
    expect(() => parseBundle('')).toThrow(PostbackError);
    expect(errorOf('').name).toBe('PostbackError');
  });
});
