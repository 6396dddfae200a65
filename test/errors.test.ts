import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isPostbackError, parseBundle, parsePostback, PostbackError, safeParsePostback } from '../src/index.ts';
import type { PostbackOptions } from '../src/index.ts';
import { mmsFields, single, smsFields } from './helpers/documents.ts';

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
const NO_JSON = 'Malformed JSON:';
const NO_STRING = 'must be a string, or a whole number written in digits,';
const jsonRows: [about: string, source: string, message: string, options?: PostbackOptions][] = [
  [
    'truncated JSON',
    `${J_SMS.slice(0, 20)}§`,
    'The document is incomplete (it may be truncated) at PLACE. Expected "}".',
  ],
  [
    'JSON truncated in an escape sequence',
    '{"code":"\\u12§',
    'The document is incomplete (it may be truncated) at PLACE (code). Expected "}".',
  ],
  [
    'JSON truncated in its first string',
    '{"cod§',
    'The document is incomplete (it may be truncated) at PLACE. Expected "}".',
  ],
  ['a truncated list', `[${J_SMS},§`, 'The document is incomplete (it may be truncated) at PLACE. Expected "]".'],
  [
    'text after an object',
    `${J_SMS}\n§{}`,
    `${NO_JSON} unexpected character at PLACE. Expected nothing after the end of the document.`,
  ],
  [
    'a missing comma between notifications',
    `[${J_SMS}§${J_SMS}]`,
    `${NO_JSON} unexpected character at PLACE. Expected "," or "]".`,
  ],
  ['a comma before the first item', `[§,${J_SMS}]`, `${NO_JSON} unexpected character at PLACE. Expected an object.`],
  ['a comma at the end of a list', `[${J_SMS},§]`, `${NO_JSON} unexpected character at PLACE. Expected an object.`],
  [
    'a missing comma between members',
    '{"code":"1"§"from":"2"}',
    `${NO_JSON} unexpected character at PLACE. Expected "," or "}".`,
  ],
  [
    'a missing comma between items',
    '{"content":[{}§{}]}',
    `${NO_JSON} unexpected character at PLACE (content). Expected "," or "]".`,
  ],
  [
    'a comma at the end of an object',
    '{"code":"1",§}',
    `${NO_JSON} unexpected character at PLACE. Expected a member name in double quotes.`,
  ],
  [
    'a name without quotes',
    '{§code:"1"}',
    `${NO_JSON} unexpected character at PLACE. Expected a member name in double quotes.`,
  ],
  ['a missing colon', '{"code"§"1"}', `${NO_JSON} unexpected character at PLACE. Expected ":".`],
  [
    'a missing value',
    '{"code":§}',
    `${NO_JSON} unexpected character at PLACE (code). Expected a string, an object, a list, a number, true, false or null.`,
  ],
  ['a number with a leading zero', '{"code":0§07}', `${NO_JSON} unexpected character at PLACE. Expected "," or "}".`],
  [
    'the wrong bracket',
    '{"content":[{"file":"1"§]]}',
    `${NO_JSON} unexpected character at PLACE (content). Expected "," or "}".`,
  ],
  [
    'an invalid escape sequence',
    '{"code":"a§\\x41"}',
    `${NO_JSON} invalid escape sequence at PLACE (code). Expected \\", \\\\, \\/, \\b, \\f, \\n, \\r, \\t, or \\u and four hexadecimal digits.`,
  ],
  [
    'an escape sequence with a letter that is no digit',
    '{"code":"a§\\u12G4"}',
    `${NO_JSON} invalid escape sequence at PLACE (code). Expected \\", \\\\, \\/, \\b, \\f, \\n, \\r, \\t, or \\u and four hexadecimal digits.`,
  ],
  [
    'a value that is no JSON, in an item of a list in an item of a list',
    `[${J_SMS},{"content":[{"file":"1"},{"file":§x}]}]`,
    `${NO_JSON} unexpected character at PLACE ([1].content[1].file). Expected a string, an object, a list, a number, true, false or null.`,
  ],
  [
    'a control character in a string',
    '{"code":"a§\nb"}',
    `${NO_JSON} control character in a string at PLACE (code). Expected an escape sequence such as \\n.`,
  ],
  [
    'half of a surrogate pair in a string',
    '{"code":"😀§\uD83D"}',
    `${NO_JSON} half of a surrogate pair at PLACE (code). Expected complete characters.`,
  ],
  [
    'half of a surrogate pair as an escape sequence',
    '{"code":"\\uD83D\\uDE00§\\uD83D"}',
    `${NO_JSON} half of a surrogate pair at PLACE (code). Expected complete characters.`,
  ],
  [
    'two halves of different surrogate pairs as escape sequences',
    '{"code":"§\\uD83D\\uD83D\\uDE00"}',
    `${NO_JSON} half of a surrogate pair at PLACE (code). Expected complete characters.`,
  ],
  [
    'too many bytes of JSON',
    `${J_SMS.slice(0, 20)}§${J_SMS.slice(20)}`,
    'More than 20 UTF-16 units in the document at PLACE. Expected at most 20, or a larger maxBytes.',
    { maxBytes: 20 },
  ],
  [
    'a notification that is too long, in JSON',
    `${J_SMS.slice(0, 20)}§${J_SMS.slice(20)}`,
    'More than 20 UTF-16 units since the end of the previous notification at PLACE. Expected at most 20, or a larger maxNotificationLength.',
    { maxNotificationLength: 20 },
  ],
  [
    'JSON that is nested too deep',
    '{"content":[{"file":§[',
    'More than 3 nested objects and lists at PLACE (content[0].file). Expected at most 3, or a larger maxDepth.',
    { maxDepth: 3 },
  ],
  [
    'a list that is nested too deep',
    '[§{',
    'More than 1 nested objects and lists at PLACE ([0]). Expected at most 1, or a larger maxDepth.',
    { maxDepth: 1 },
  ],
  [
    'too many notifications in JSON',
    `[${J_SMS},§{`,
    'More than 1 notifications at PLACE ([1]). Expected at most 1, or a larger maxNotifications.',
    { maxNotifications: 1 },
  ],
  [
    'too many members',
    '{"a":[1, §2, 3],"b":1}',
    'More than 2 elements in one notification at PLACE (*[1]). Expected at most 2, or a larger maxFields.',
    { maxFields: 2 },
  ],
  [
    'too many files in JSON',
    '{"content":[{"file":"1"},{§"file":"2"}]}',
    'More than 1 FILE elements in one notification at PLACE (content[1].file). Expected at most 1, or a larger maxFiles.',
    { maxFiles: 1 },
  ],
  [
    'an item that is not an object',
    `[${J_SMS},§"x"]`,
    'List item is not a notification at PLACE ([1]). Expected an object.',
  ],
  ['a list in a list', `[§[${J_SMS}]`, 'List item is not a notification at PLACE ([0]). Expected an object.'],
  ['an empty list', ' §[ ]', 'The list is empty at PLACE. Expected objects, each a notification.'],
  [
    'a missing member',
    `[§${J_SMS.replace('"message-text":"hi",', '')}]`,
    'Missing field message-text in the SMS MO at PLACE ([0].message-text). Expected the member message-text or keyword.',
  ],
  [
    'a missing id',
    `§${J_MMS.replace('"tracking-id":"1",', '')}}`,
    'Missing field tracking-id in the MMS MO at PLACE (tracking-id). Expected the member tracking-id.',
  ],
  [
    'a duplicate name',
    J_SMS.replace('"to"', '"code":"N211",§"code":"N211","to"').replace('"code":"N211",', ''),
    'Duplicate field code at PLACE (code). Expected exactly one.',
  ],
  [
    'a duplicate name in two spellings',
    J_SMS.replace('"to"', '§"From":"1","to"'),
    'Duplicate field FROM at PLACE (FROM). Expected exactly one.',
  ],
  [
    'a duplicate unknown name',
    `${J_SMS.slice(0, -1)},"x":{"y":1,§"y":2}}`,
    'Duplicate field * at PLACE (*.*). Expected exactly one.',
  ],
  [
    'a number with a fraction',
    J_SMS.replace('"to":"86717"', '§"to":86717.0'),
    `to ${NO_STRING} at PLACE (to). Expected a string.`,
  ],
  [
    'a number with an exponent',
    J_SMS.replace('"to":"86717"', '§"to":86717e0'),
    `to ${NO_STRING} at PLACE (to). Expected a string.`,
  ],
  [
    'a number with a signed exponent',
    J_SMS.replace('"to":"86717"', '§"to":86717e+5'),
    `to ${NO_STRING} at PLACE (to). Expected a string.`,
  ],
  [
    'a number with a fraction of 0',
    J_SMS.replace('"to":"86717"', '§"to":86717.0'),
    `to ${NO_STRING} at PLACE (to). Expected a string.`,
  ],
  [
    'true instead of text',
    J_SMS.replace('"message-text":"hi"', '§"message-text":true'),
    'message-text is true or false at PLACE (message-text). Expected a string.',
  ],
  [
    'an object instead of text',
    J_SMS.replace('"message-text":"hi"', '§"message-text":{"b":"hi"}'),
    'Unexpected object or list instead of text at PLACE (message-text). Expected a string.',
  ],
  [
    'a string instead of a list',
    `${J_MMS},§"content":"https://a"}`,
    'Unexpected value instead of a list at PLACE (content). Expected a list such as [{"file": "..."}].',
  ],
  [
    'a string instead of a file',
    `${J_MMS},"content":[{"file":"1"},§"https://a"]}`,
    'List item is not an object at PLACE (content[1]). Expected an object such as {"file": "..."}.',
  ],
  [
    'a fraction as a file',
    `${J_MMS},"content":[{"file":"1"},{§"file":1.5}]}`,
    `file ${NO_STRING} at PLACE (content[1].file). Expected a string.`,
  ],
  [
    'a second object',
    `[${J_SMS},§${J_SMS}]`,
    'Second notification at PLACE ([1]). Expected exactly one; parseBundle reads bundles.',
  ],
  [
    'an object that is not a message',
    '§{"origin":"SUB"}',
    'The notification is not a message from a handset at PLACE. Expected the ORIGIN SMS_MO or MMS_MO; parseBundle reads all kinds.',
  ],
];

describe('the message of an error', () => {
  const bundle = `<POSTBACK><NOTIFICATION>${SMS.slice(10, -11)}</NOTIFICATION><NOTIFICATION/></POSTBACK>`;
  it.each<[about: string, source: string | Uint8Array, message: string, options?: PostbackOptions]>([
    [
      'an empty document',
      '§ \n',
      'The document is empty at PLACE. Expected XML with the root element POSTBACK, or a JSON object.',
    ],
    [
      'a stray &',
      SMS.replace('hi', 'AT§&T'),
      'Unescaped "&", or an undefined reference at PLACE (POSTBACK/TEXT). Expected &amp; for the character itself, one of &lt; &gt; &quot; &apos;, or a reference to a character of XML.',
    ],
    [
      'a document type declaration',
      '§<!DOCTYPE',
      'Document type declaration at PLACE. Expected a document without one.',
    ],
    [
      'half of a surrogate pair',
      SMS.replace('hi', '§\uDC00'),
      'Half of a surrogate pair at PLACE (POSTBACK/TEXT). Expected complete characters.',
    ],
    [
      'a truncated document',
      `${SMS.slice(0, 100)}§`,
      'The document is incomplete (it may be truncated) at PLACE (POSTBACK/TEXT). Expected the end tags of all elements.',
    ],
    [
      'a wrong end tag',
      '<POSTBACK>\n<FROM>1</TO§></POSTBACK>',
      'Wrong end tag at PLACE (POSTBACK/FROM). Expected the end tag of the innermost open element.',
    ],
    [
      'too many bytes',
      `${SMS.slice(0, 20)}§${SMS.slice(20)}`,
      'More than 20 UTF-16 units in the document at PLACE (POSTBACK/ORIGIN). Expected at most 20, or a larger maxBytes.',
      { maxBytes: 20 },
    ],
    [
      'too many bytes, as bytes',
      new TextEncoder().encode(SMS),
      'More than 20 bytes in the document at line 1, column 21 (POSTBACK/ORIGIN). Expected at most 20, or a larger maxBytes.',
      { maxBytes: 20 },
    ],
    [
      'a notification that is too long',
      `${SMS.slice(0, 20)}§${SMS.slice(20)}`,
      'More than 20 UTF-16 units since the end of the previous notification at PLACE (POSTBACK/ORIGIN). Expected at most 20, or a larger maxNotificationLength.',
      { maxNotificationLength: 20 },
    ],
    [
      'a document that is nested too deep',
      SMS.replace('<ORIGIN', '§<ORIGIN'),
      'More than 1 nested elements at PLACE (POSTBACK/ORIGIN). Expected at most 1, or a larger maxDepth.',
      { maxDepth: 1 },
    ],
    [
      'too many notifications',
      bundle.replace('<NOTIFICATION/>', '§<NOTIFICATION/>'),
      'More than 1 notifications at PLACE (POSTBACK/NOTIFICATION[2]). Expected at most 1, or a larger maxNotifications.',
      { maxNotifications: 1 },
    ],
    [
      'too many elements',
      SMS.replace('<FROM', '§<FROM'),
      'More than 2 elements in one notification at PLACE (POSTBACK/FROM). Expected at most 2, or a larger maxFields.',
      { maxFields: 2 },
    ],
    [
      'too many files',
      '<POSTBACK><CONTENT><FILE/>§<FILE/></CONTENT></POSTBACK>',
      'More than 1 FILE elements in one notification at PLACE (POSTBACK/CONTENT/FILE[2]). Expected at most 1, or a larger maxFiles.',
      { maxFiles: 1 },
    ],
    [
      'bytes that are not UTF-8',
      Uint8Array.of(0x3c, 0xff),
      'Invalid UTF-8 at line 1, column 2. Expected the label of an encoding that this platform knows, and bytes that are valid in it.',
    ],
    ['another root element', '§<html lang=en>', 'The root element is not POSTBACK at PLACE (*). Expected <POSTBACK>.'],
    [
      'fields next to a NOTIFICATION',
      '<POSTBACK><NOTIFICATION/>§<FROM/></POSTBACK>',
      'Fields directly in POSTBACK next to a NOTIFICATION at PLACE (POSTBACK/FROM). Expected either NOTIFICATION elements or the fields of one notification.',
    ],
    [
      'text in POSTBACK',
      '<POSTBACK>hello§<FROM/></POSTBACK>',
      'Unexpected text directly in POSTBACK at PLACE (POSTBACK). Expected only elements.',
    ],
    [
      'an empty postback',
      '§<POSTBACK></POSTBACK>',
      'The postback is empty at PLACE (POSTBACK). Expected NOTIFICATION elements, or the fields of one notification.',
    ],
    [
      'text after the postback',
      `${SMS}\n  §hello`,
      'Text outside the root element at PLACE. Expected only comments and white space outside the root element.',
    ],
    [
      'text after the postback and a comment',
      `${SMS}\n<!-- a\nb -->\n §hello`,
      'Text outside the root element at PLACE. Expected only comments and white space outside the root element.',
    ],
    [
      'a field after BODY that is empty',
      `<POSTBACK><NOTIFICATION><BODY>${smsFields('hi').replace(/<TO>.*<\/TO>/, '')}</BODY>§<TO> </TO></NOTIFICATION></POSTBACK>`,
      'TO is empty at PLACE (POSTBACK/NOTIFICATION[1]/TO). Expected the short code or number that was texted.',
    ],
    [
      'a missing field',
      `§${SMS.replace('<TEXT>hi</TEXT>', '')}`,
      'Missing field TEXT in the SMS MO at PLACE (POSTBACK/TEXT). Expected the element TEXT or KEYWORD.',
    ],
    [
      'a missing time',
      `§${SMS.replace(/<RECEIVED>.*<\/RECEIVED>/, '')}`,
      'Missing field RECEIVED in the SMS MO at PLACE (POSTBACK/RECEIVED). Expected the element RECEIVED or TIMESTAMP.',
    ],
    [
      'more repairs than are allowed',
      SMS.replace('hi', `${'&'.repeat(10_000)}§&`),
      'More than 10000 repairs needed, the last one at PLACE (POSTBACK/TEXT). Expected a document with fewer of them.',
      { recover: true },
    ],
    [
      'text behind a processing instruction',
      '<?b c?>§d<POSTBACK/>',
      'Text outside the root element at PLACE. Expected only comments and white space outside the root element.',
    ],
    [
      'a control character in a tag',
      '<POSTBACK><TEXT§\x01>',
      'Character that XML does not allow here (a control character, or a "<" in an attribute) at PLACE (POSTBACK). Expected another character or, for "<", &lt;.',
      { recover: true },
    ],
    [
      'a control character before the document',
      `§\x01${SMS}`,
      'The document is neither XML nor JSON at PLACE. Expected the first character "<", "{" or "[".',
      { recover: true },
    ],
    [
      'a number that is nested too deep',
      single(`<COPY-TO>§<NUMBER>1</NUMBER></COPY-TO>`),
      'More than 2 nested elements at PLACE (POSTBACK/COPY-TO/NUMBER[1]). Expected at most 2, or a larger maxDepth.',
      { maxDepth: 2 },
    ],
    [
      'a comment without its end',
      '<POSTBACK><ORIGIN/><!-- a§',
      'The document is incomplete (it may be truncated) at PLACE (POSTBACK). Expected the end of a tag, a comment or similar.',
      { recover: true },
    ],
    [
      'a field without its end tag',
      SMS.replace('<TEXT>hi</TEXT>', '§<TEXT>1 < 2'),
      "A tag of an element around a field is in its text at PLACE (POSTBACK/TEXT). Expected the field's own end tag first.",
      { recover: true },
    ],
    [
      'a missing field of an MMS',
      `§${single(mmsFields('M1').replace(/<FROM>.*<\/FROM>/, ''))}`,
      'Missing field FROM in the MMS MO at PLACE (POSTBACK/FROM). Expected the element FROM.',
    ],
    [
      'an empty sender',
      SMS.replace(/<FROM>.*<\/FROM>/, '§<FROM/>'),
      "FROM is empty at PLACE (POSTBACK/FROM). Expected the sender's number.",
    ],
    [
      'an empty origin',
      '<POSTBACK>§<ORIGIN/></POSTBACK>',
      'ORIGIN is empty at PLACE (POSTBACK/ORIGIN). Expected SMS_MO, MMS_MO, or the origin of another kind.',
    ],
    [
      'a missing origin',
      '§<POSTBACK><FROM/></POSTBACK>',
      'Missing field ORIGIN in the notification at PLACE (POSTBACK/ORIGIN). Expected the element ORIGIN.',
    ],
    [
      'a duplicate field',
      SMS.replace('<TEXT>', '§<FROM>1</FROM><TEXT>'),
      'Duplicate field FROM at PLACE (POSTBACK/FROM). Expected exactly one.',
    ],
    [
      'an empty field',
      SMS.replace('<TO>86717', '§<TO> '),
      'TO is empty at PLACE (POSTBACK/TO). Expected the short code or number that was texted.',
    ],
    [
      'a time that is not valid',
      SMS.replace('<RECEIVED>2014', '§<RECEIVED>MMXIV'),
      'RECEIVED is not a valid time at PLACE (POSTBACK/RECEIVED). Expected a time such as 2014-02-03T11:19:49-05:00.',
    ],
    [
      'a time without a UTC offset',
      SMS.replace('<REC', '§<REC').replace('-05:00', ''),
      "RECEIVED has no UTC offset at PLACE (POSTBACK/RECEIVED). Expected a time such as 2014-02-03T11:19:49-05:00, or the option defaultOffset (such as '-05:00') for times without an offset.",
    ],
    [
      'an element in a text field',
      SMS.replace('<TEXT>hi', '§<TEXT><b>hi</b>'),
      'Unexpected element inside a text field at PLACE (POSTBACK/TEXT). Expected only text, with each "<" written as &lt;.',
    ],
    [
      'text between fields',
      '<POSTBACK>§<NOTIFICATION>hello</NOTIFICATION></POSTBACK>',
      'Unexpected text between fields at PLACE (POSTBACK/NOTIFICATION[1]). Expected only elements.',
    ],
    [
      'text in CONTENT',
      SMS.replace('SMS_MO', 'MMS_MO').replace('<TEXT>hi</TEXT>', '<TRACKINGID>1</TRACKINGID>§<CONTENT>hello</CONTENT>'),
      'Unexpected text in an element that holds a list at PLACE (POSTBACK/CONTENT). Expected only elements.',
    ],
    [
      'a duplicate BODY',
      '<POSTBACK><NOTIFICATION><BODY/>§<BODY/></NOTIFICATION></POSTBACK>',
      'Duplicate BODY at PLACE (POSTBACK/NOTIFICATION[1]/BODY). Expected at most one in a notification.',
    ],
    [
      'a duplicate attribute in two spellings',
      '<POSTBACK>§<NOTIFICATION id="1" ID="2"><ORIGIN>X</ORIGIN></NOTIFICATION></POSTBACK>',
      'Duplicate attribute ID at PLACE (POSTBACK/NOTIFICATION[1]). Expected exactly one.',
    ],
    [
      'a second notification',
      bundle.replace('<NOTIFICATION/>', '§<NOTIFICATION/>'),
      'Second notification at PLACE (POSTBACK/NOTIFICATION[2]). Expected exactly one; parseBundle reads bundles.',
    ],
    ...jsonRows,
    [
      'a notification that is not a message',
      '§<POSTBACK><ORIGIN>SUB</ORIGIN></POSTBACK>',
      'The notification is not a message from a handset at PLACE (POSTBACK). Expected the ORIGIN SMS_MO or MMS_MO; parseBundle reads all kinds.',
    ],
  ])('says what is wrong, where, and what was expected: %s', (_, marked, message, options) => {
    // § marks the position in the document.
    const lines = String(marked).split('§')[0]?.split('\n') ?? [];
    const spot = `line ${String(lines.length)}, column ${String((lines.at(-1)?.length ?? 0) + 1)}`;
    const source = typeof marked === 'string' ? marked.replace('§', '') : marked;
    expect(errorOf(source, options).message).toBe(message.replace('PLACE', spot));
  });

  it.each([
    [
      '<POSTBACK a="<">',
      'Character that XML does not allow here (a control character, or a "<" in an attribute)',
      'another character or, for "<", &lt;',
    ],
    [
      '<POSTBACK>\x01',
      'Character that XML does not allow here (a control character, or a "<" in an attribute)',
      'another character or, for "<", &lt;',
    ],
    ['<POSTBACK>< b/>', 'Unescaped "<", or a malformed tag', 'a tag, or &lt; for the character itself'],
    ['<POSTBACK></POSTBACK x>', 'Malformed end tag', '</NAME>'],
    ['<POSTBACK =>', 'Malformed start tag', '<NAME> or <NAME attribute="value">'],
    ['<POSTBACK /x>', 'Malformed start tag', '">" after the "/"'],
    ['<POSTBACK a>', 'Attribute without a quoted value', 'attribute="value"'],
    ['<POSTBACK a=b>', 'Attribute without a quoted value', 'attribute="value"'],
    ['<POSTBACK a="1"b="2">', 'No white space between attributes', 'white space'],
    ['<POSTBACK a="1" a="2">', 'Duplicate attribute', 'each attribute at most once'],
    ['<POSTBACK/></a>', 'End tag without a start tag', 'no end tag here'],
    ['<POSTBACK></>', 'Malformed end tag', '</NAME>'],
    ['<POSTBACK>]]>', 'Unescaped "]]>" in text', ']]&gt;'],
    ['<POSTBACK/><POSTBACK/>', 'Second root element', 'the document to end with its root element'],
    [
      '<POSTBACK><!ELEMENT a>',
      'Unescaped "<!", or a malformed comment or CDATA section',
      'a comment, a CDATA section, or &lt; for the character itself',
    ],
    ['<!-- a -- b -->', '"--" in a comment', '"-->" only at the end of a comment'],
    ['<? x?>', 'Malformed name of a processing instruction', '<?NAME ...?>'],
    ['<?1?>', 'Malformed name of a processing instruction', '<?NAME ...?>'],
    ['<?x?y?>', 'Malformed name of a processing instruction', '<?NAME ...?>'],
    ['<POSTBACK/><!--', 'The document is incomplete (it may be truncated)', 'the end of a tag, a comment or similar'],
    ['<!-- -->', 'The document is incomplete (it may be truncated)', '<POSTBACK>'],
    [
      '<?xml version="2.0"?>',
      'Malformed or misplaced XML declaration',
      '<?xml version="1.0" encoding="..."?> at the start of the document, or none',
    ],
    [
      ' <?xml version="1.0"?>',
      'Malformed or misplaced XML declaration',
      '<?xml version="1.0" encoding="..."?> at the start of the document, or none',
    ],
    [' Hello', 'The document is neither XML nor JSON', 'the first character "<", "{" or "["'],
    ['xml=%3CPOSTBACK', 'The document is neither XML nor JSON', 'the first character "<", "{" or "["'],
    ['hi <POSTBACK/>', 'The document is neither XML nor JSON', 'the first character "<", "{" or "["'],
    [
      '\uFEFF\uFEFF<POSTBACK/>',
      'Text outside the root element',
      'only comments and white space outside the root element',
    ],
    [
      '<!-- a --><?b c?> d <POSTBACK/>',
      'Text outside the root element',
      'only comments and white space outside the root element',
    ],
    ['<POSTBACK/>&amp;', 'Text outside the root element', 'only comments and white space outside the root element'],
    [
      '<![CDATA[x]]><POSTBACK/>',
      'Text outside the root element',
      'only comments and white space outside the root element',
    ],
    [
      '<POSTBACK/><![CDATA[x]]>',
      'Text outside the root element',
      'only comments and white space outside the root element',
    ],
  ])('says why %j is not well-formed, and what was expected', (xml, problem, expected) => {
    const { code, message } = errorOf(xml);
    expect([code, message.replace(/ at line \d+, column \d+.*?\. Expected /s, '. Expected ')]).toEqual([
      'MALFORMED',
      `${problem}. Expected ${expected}.`,
    ]);
  });
});

describe('the excerpt', () => {
  it('shows the line, with a caret below the position', () => {
    expect(errorOf(SMS.replace(/></g, '>\n  <').replace('hi', 'AT&T')).excerpt).toBe('  <TEXT>AT&\n          ^');
    expect(
      errorOf('<POSTBACK>\r\n  <ORIGIN>SMS_MO</ORIGIN>\r\n  <CODE\r\n>1</CODE><FROM>  </FROM></POSTBACK>').excerpt,
    ).toBe('>1</CODE><FROM>  </FROM></POSTBACK>\n         ^');
  });

  it('shows nothing of the next lines', () => {
    const xml = SMS.replace(/></g, '>\n  <').replace(/<FROM>.*<\/FROM>/, '<FROM> </FROM>');
    expect(errorOf(xml).excerpt).toBe('  <FROM> </FROM>\n  ^');
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

  it('shows the text on both sides of the position in a long line', () => {
    const from = '<FROM></FROM>';
    const { excerpt } = errorOf(
      `<POSTBACK>${'<A/>'.repeat(50)}<ORIGIN>SMS_MO</ORIGIN><CODE/>${from}${'<A/>'.repeat(50)}</POSTBACK>`,
    );
    const [line = '', caret = ''] = excerpt.split('\n');
    expect(line).toHaveLength(80);
    expect(line.slice(caret.length - 1)).toMatch(new RegExp(`^${from}(<A/>)+`));
  });

  it('shows most of the line before a position at its end', () => {
    const [line = '', caret = ''] = errorOf(`<POSTBACK><TEXT>${'x'.repeat(200)}&`).excerpt.split('\n');
    expect([line.length, caret.length, line.at(-1)]).toEqual([79, 79, '&']);
  });

  it('contains no control character', () => {
    const { excerpt } = errorOf('<POSTBACK><TEXT>\t\x1B[31m');
    expect(excerpt).toBe('<POSTBACK><TEXT> \uFFFD\n                 ^');
  });
});

it('has the path of the notification if that has already failed', () => {
  const { code, path } = errorOf('<POSTBACK><NOTIFICATION>text<A></A><B');
  expect([code, path]).toEqual(['MALFORMED', 'POSTBACK/NOTIFICATION[1]']);
});

describe('what loggers see of an error', () => {
  const secret = 'call me at home';
  const documents = {
    MALFORMED: SMS.replace('hi', `${secret} & ${secret}`),
    INVALID_FIELD: SMS.replace('15550104477', ' ').replace('hi', secret),
    UNSUPPORTED_ORIGIN: SMS.replace('SMS_MO', 'SMS_MT').replace('hi', secret),
    NOT_A_POSTBACK: `<${secret.replace(/ /g, '')}>`,
    MISSING_FIELD: SMS.replace(/TEXT/g, secret.replace(/ /g, '')),
    'MALFORMED, in a tag': `<POSTBACK ${secret.replace(/ /g, '')}="1" ${secret.replace(/ /g, '')}="1">`,
  };

  it.each(Object.entries(documents))('contains nothing of the message: %s', (name, xml) => {
    const error = errorOf(xml);
    expect(error.code).toBe(name.replace(/,.*/, ''));
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
  });

  it('has the content in excerpt and notification, which are not enumerable', () => {
    expect(errorOf(documents.MALFORMED).excerpt).toContain(secret);
    const invalid = errorOf(documents.INVALID_FIELD);
    expect(errorOf(documents.UNSUPPORTED_ORIGIN).notification).toMatchObject({
      kind: 'other',
      origin: 'SMS_MT',
      code: 'N211',
    });
    expect(JSON.parse(JSON.stringify(invalid))).toEqual({
      name: 'PostbackError',
      code: 'INVALID_FIELD',
      message: invalid.message,
      line: 1,
      column: 51,
      path: 'POSTBACK/FROM',
    });
  });

  it('has no cause', () => {
    for (const xml of Object.values(documents)) expect(errorOf(xml)).not.toHaveProperty('cause');
  });
});

describe('isPostbackError', () => {
  it('recognises a PostbackError by its brand', () => {
    expect(isPostbackError(errorOf(''))).toBe(true);
    expect(isPostbackError({ [Symbol.for('mo-postback.PostbackError')]: true })).toBe(true);
    for (const value of [undefined, null, 'EMPTY', {}, new Error('EMPTY')]) expect(isPostbackError(value)).toBe(false);
  });

  it('is true for what the parsing functions throw and return', () => {
    expect(() => parsePostback('')).toThrow(PostbackError);
    expect(() => parseBundle('')).toThrow(PostbackError);
    expect(errorOf('').name).toBe('PostbackError');
  });
});
