// Messages of saxes -> what errors say: its own messages quote the document, and do not say what was expected.

import { TRUNCATED } from './fault.ts';
import type { Explanation } from './fault.ts';

// By the start of the message. The first row that fits is used.
const EXPLANATIONS: readonly (readonly [start: string, problem: string, expected: string])[] = [
  [
    'disallowed character.',
    'Character that XML does not allow here (a control character, or a "<" in an attribute)',
    'another character or, for "<", &lt;',
  ],
  ['disallowed character in tag', 'Unescaped "<", or a malformed tag', 'a tag, or &lt; for the character itself'],
  ['disallowed character in closing', 'Malformed end tag', '</NAME>'],
  ['disallowed character in attribute', 'Malformed start tag', '<NAME> or <NAME attribute="value">'],
  ['forward-slash', 'Malformed start tag', '">" after the "/"'],
  ['attribute without', 'Attribute without a quoted value', 'attribute="value"'],
  ['unquoted attribute', 'Attribute without a quoted value', 'attribute="value"'],
  ['no whitespace', 'No white space between attributes', 'white space'],
  ['duplicate attribute', 'Duplicate attribute', 'each attribute at most once'],
  ['unexpected close', 'Wrong end tag', 'the end tag of the innermost open element'],
  ['unmatched closing', 'End tag without a start tag', 'no end tag here'],
  ['weird empty', 'Malformed end tag', '</NAME>'],
  ['the string', 'Unescaped "]]>" in text', ']]&gt;'],
  ['text data outside', 'Text outside the root element', 'only comments and white space outside the root element'],
  ['documents may', 'Second root element', 'the document to end with its root element'],
  [
    'incorrect syntax',
    'Unescaped "<!", or a malformed comment or CDATA section',
    'a comment, a CDATA section, or &lt; for the character itself',
  ],
  ['malformed comment', '"--" in a comment', '"-->" only at the end of a comment'],
  ['processing instruction without', 'Malformed name of a processing instruction', '<?NAME ...?>'],
  ['disallowed character in processing', 'Malformed name of a processing instruction', '<?NAME ...?>'],
  ['unclosed tag', TRUNCATED, 'the end tags of all elements'],
  ['unexpected end', TRUNCATED, 'the end of a tag, a comment or similar'],
  ['document must', TRUNCATED, '<POSTBACK>'],
];

// All other messages concern the XML declaration.
const XML_DECLARATION: Explanation = {
  problem: 'Malformed or misplaced XML declaration',
  expected: '<?xml version="1.0" encoding="..."?> at the start of the document, or none',
};

/** What an error says instead of a message of saxes. */
export function explanationOf(saxesMessage: string): Explanation {
  const row = EXPLANATIONS.find(([start]) => saxesMessage.startsWith(start));
  return row === undefined ? XML_DECLARATION : { problem: row[1], expected: row[2] };
}
