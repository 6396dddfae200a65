// Documents that are almost usual: each has a few parts that a fast lane might read wrongly.

import fc from 'fast-check';

/** A usual value most of the time, and an odd one sometimes. */
function mostly<T>(usual: fc.Arbitrary<T>, ...odd: readonly fc.Arbitrary<T>[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: fc.oneof(...odd) });
}

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

// prettier-ignore
const ODD_TEXTS = [
  '\r', '\r\n', '\n', '\t', ' ', '\u00A0', '\u0085', '\u2028', '\uFEFF', '\0', '\x1F', '\x7F', '\uFFFE', '\uFFFF', '\uD83D',
  '\uDE00', '\u{1F642}', 'é', '中', ']]>', ']]', '!', '?', '>', '"', "'", '--', '&amp;', '&lt;', '&#65;', '&#x41;', '&#13;',
  '&#0;', '&#xD800;', '&#xFFFE;', '&#x110000;', '&#X41;', '&#00000000065;', '&#;', '&#x;', '&;', '&lt', '&', '&nbsp;', '<', '<a/>',
  '<!---->', '<![CDATA[x]]>', '<?x?>', '&amp;\r', '&amp;\uD83D', '&amp;\0', '\uD83D\uDE00&lt;',
];

const text = mostly(
  pick('', 'Hi', ' a b ', '15550104477', '007'),
  fc.array(pick(...ODD_TEXTS, 'a', ' '), { maxLength: 3 }).map((parts) => parts.join('')),
);

// prettier-ignore
const names = mostly(
  pick('KEYWORD', 'SUBJECT', 'SPID', 'keyword', 'operator-id', 'X', 'other'),
  pick('__proto__', 'constructor', 'x:y', 'ſPID', 'S-P-I-D', 'Keyword', '10', 'a.b', '_', 'POSTBACK', 'NOTIFICATION', 'BODY',
    'FILE', 'FROM', 'ORIGIN', 'CODE', 'RECEIVED', 'TIMESTAMP', 'TRACKINGID', 'TRANSACTIONID', 'TEXT', 'é', '-a', 'ID'),
);

// prettier-ignore
const attributes = mostly(
  pick('', ' id="1"', ' id="1" created="2014-02-03 11:19:49-05"'),
  fc.array(pick(' id="1"', ' ID="2"', " id='1'", ' created=""', ' created="x"', ' x="a&amp;b"', ' x="\t"', ' x="\n"', ' created="a\tb"', ' x="<"', ' x="\uD83D"',
    ' x="a>b"', ' __proto__="x"', ' a="1"', ' b="2"', '\n', ' ', 'c="3"', ' d = "4"', ' e', ' f="\uFFFE"', ' g="]]>"', '/'), { maxLength: 4 })
    .map((parts) => parts.join('')),
);

const element = (name: string, attrs: string, content: string): string => `<${name}${attrs}>${content}</${name}>`;

const field = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(names, fc.constant(''), text).map((parts) => element(...parts)) },
  { weight: 3, arbitrary: fc.tuple(names, attributes, text).map((parts) => element(...parts)) },
  { weight: 2, arbitrary: fc.tuple(names, attributes).map(([name, attrs]) => `<${name}${attrs}/>`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(names, names, text)
      .map(([name, inner, content]) => element(name, '', element(inner, '', content))),
  },
);

const list = fc
  .tuple(
    mostly(pick('CONTENT'), pick('COPYTO', 'content', 'copy-to', 'X', 'TEXT')),
    fc.array(fc.tuple(mostly(pick('FILE'), pick('NUMBER', 'file', 'X', 'CONTENT')), pick(''), text), { maxLength: 4 }),
    mostly(pick('\n  ', ''), pick('x', '&amp;', '\r')),
  )
  .map(([name, items, space]) =>
    element(name, '', items.map((item) => space + element(...item)).join('') + (items.length > 0 ? space : '')),
  );

// What a message needs. Each may be missing.
const SMS = ['<ORIGIN>SMS_MO</ORIGIN>', '<CODE>N211</CODE>', '<FROM>1</FROM>', '<TO>2</TO>', '<TEXT>t</TEXT>'];
const MMS = [
  '<ORIGIN>MMS_MO</ORIGIN>',
  '<CODE>N401</CODE>',
  '<FROM>1</FROM>',
  '<TO>2</TO>',
  '<TRACKINGID>3</TRACKINGID>',
];
const OTHER = ['<ORIGIN>SUB</ORIGIN>', '<CODE>N301</CODE>'];
const TIME = '<RECEIVED>2014-02-03T11:19:49-05:00</RECEIVED>';

const fields = fc
  .tuple(
    pick(SMS, MMS, MMS, OTHER),
    fc.array(fc.oneof(field, list), { maxLength: 3 }),
    fc.nat(9),
    mostly(pick(TIME), pick('', '<RECEIVED>2014-02-03T11:19:49</RECEIVED>', '<TIMESTAMP/>')),
    mostly(pick('\n'), pick('', ' ', '\r\n', 'x', '\uFEFF')),
  )
  .map(
    ([required, more, at, time, space]) =>
      required
        .toSpliced(at % 6, 0, ...more)
        .concat(time)
        .join(space) + space,
  );

const body = mostly(
  pick((content: string) => content),
  pick(
    (content: string) => element('BODY', '', content),
    (content: string) => element('body', '', content),
    (content: string) => element('BODY', '', content) + element('BODY', '', content),
    (content: string) => `${element('BODY', '', content)}<X>1</X>`,
    (content: string) => `<BODY/>${content}`,
    (content: string) => element('BODY', ' a="1"', content),
    (content: string) => element('BODY', '', element('BODY', '', content)),
  ),
);

const notification = fc
  .tuple(mostly(pick('NOTIFICATION'), pick('notification', 'Notification', 'X')), attributes, body, fields)
  .map(([name, attrs, inBody, content]) => element(name, attrs, inBody(content)));

/** XML. */
export const almostUsualXml: fc.Arbitrary<string> = fc
  .tuple(
    // prettier-ignore
    mostly(pick('', '<?xml version="1.0" encoding="UTF-8"?>\n'), pick("<?xml version='1.0'?>", '<?xml version="1.1"?>', ' ',
      '<?xml version="1.0" encoding="x y"?>', '<?xml version="1.0" standalone="no" ?>', ' <?xml version="1.0"?>', '\uFEFF')),
    mostly(pick('POSTBACK'), pick('postback', 'PostBack', 'X')),
    mostly(pick(''), attributes),
    fc.oneof(
      fc.tuple(body, fields).map(([inBody, content]) => inBody(content)),
      fc.array(notification, { minLength: 1, maxLength: 3 }).map((all) => all.join('\n')),
    ),
    mostly(pick('', '\n'), pick('x', '<a/>', '\0', '<!-- -->', '\uFEFF')),
  )
  .map(([start, root, attrs, content, end]) => `${start}${element(root, attrs, content)}${end}`);

// prettier-ignore
const ODD_STRINGS = ['\\"', '\\\\', '\\u0041', '\\u0000', '\\ud83d', '\\ud83d\\ude00', '\uD83D', '\x01', '\\x', '\\', '\uFFFE', 'é', '\u2028'];
const string = mostly(
  pick('"Hi"', '""', '" a "'),
  fc.array(pick(...ODD_STRINGS, 'a'), { maxLength: 3 }).map((parts) => `"${parts.join('')}"`),
);

// prettier-ignore
const memberName = mostly(
  pick('keyword', 'message-subject', 'spid', 'x'),
  pick('__proto__', 'constructor', '10', '0', '01', '-1', 'FROM', 'From', 'from', 'fr\\u006fm', 'origin', 'content', 'timestamp', '',
    'NOTIFICATION', 'tracking-id', '\\ud83d', 'a\\"b'),
).map((name) => `"${name}"`);

const item = mostly(
  fc
    .tuple(mostly(pick('"file"'), pick('"number"', '"FILE"', '"x"', '"10"')), string)
    .map((parts) => `{${parts.join(':')}}`),
  pick(
    '{}',
    '"x"',
    '[]',
    '{"file":"a","FILE":"b"}',
    '{"file":"a","x":"b"}',
    '{"file":1}',
    '{"file":{}}',
    'null',
    '{"file":null}',
    '{"content":[{"file":"x"}]}',
    '{"copy-to":[{"number":"1"}]}',
  ),
);

const value = mostly(
  string,
  pick(
    '1',
    '-0',
    '1e5',
    '1.5',
    '12345678901234567890',
    'true',
    'null',
    '{}',
    '[]',
    '{"a":"b"}',
    '["a"]',
    '[{"a":"b"}]',
  ),
);

const member = mostly(
  fc.tuple(memberName, value).map((parts) => parts.join(':')),
  fc
    .tuple(mostly(pick('"content"'), pick('"copy-to"', '"CONTENT"', '"x"')), fc.array(item, { maxLength: 4 }))
    .map(([name, items]) => `${name}:[${items.join(', ')}]`),
);

const JSON_SMS = ['"origin":"SMS_MO"', '"code":"N211"', '"from":"1"', '"to":"2"', '"message-text":"t"'];
const JSON_MMS = ['"origin":"MMS_MO"', '"code":"N401"', '"from":"1"', '"to":"2"', '"tracking-id":"3"'];
const JSON_TIME = '"timestamp":"2014-02-03T11:19:49-05:00"';

const object = fc
  .tuple(
    pick(JSON_SMS, JSON_MMS, ['"origin":"SUB"']),
    fc.array(member, { maxLength: 3 }),
    fc.nat(9),
    pick(',', ', ', ',\n'),
  )
  .map(
    ([required, more, at, comma]) =>
      `{${required
        .toSpliced(at % 6, 0, ...more)
        .concat(JSON_TIME)
        .join(comma)}}`,
  );

/** JSON. */
export const almostUsualJson: fc.Arbitrary<string> = fc
  .tuple(
    mostly(pick('', ' '), pick('\uFEFF', '\0', '\u00A0')),
    fc.oneof(
      object,
      fc.array(mostly(object, pick('{}', '1', '[]', 'null')), { maxLength: 3 }).map((all) => `[${all.join(',')}]`),
    ),
    mostly(pick('', '\n'), pick('x', '\0', ',', ']')),
  )
  .map((parts) => parts.join(''));
