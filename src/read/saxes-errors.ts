// What saxes complains of, in words of ours: its own quote the document, and do not say what was expected.

/** A well-formedness error: what was wrong, and what was expected. */
export interface Complaint {
  readonly problem: string;
  readonly expected: string;
}

// By the start of saxes' message; the first that fits speaks.
const COMPLAINTS: readonly (readonly [start: string, problem: string, expected: string])[] = [
  [
    'disallowed character.',
    'A character stands here that XML allows at no such place (a control character, or a "<" in an attribute)',
    'it to be left out or, for "<", to be written as &lt;',
  ],
  ['disallowed character in tag', 'A "<" begins no tag', 'a tag, or &lt; for the character itself'],
  ['disallowed character in closing', 'An end tag holds more than a name', '</NAME>'],
  ['disallowed character in attribute', 'A start tag is not well-formed', '<NAME> or <NAME attribute="value">'],
  ['forward-slash', 'A start tag is not well-formed', '">" behind its "/"'],
  ['attribute without', 'An attribute has no value', 'attribute="value"'],
  ['unquoted attribute', 'The value of an attribute stands in no quotes', 'attribute="value"'],
  ['no whitespace', 'Two attributes stand close together', 'white space between them'],
  ['duplicate attribute', 'An attribute stands twice in this tag', 'it once'],
  [
    'unexpected close',
    'This end tag is not of the innermost open element',
    'the end tag of the element that the path names',
  ],
  ['unmatched closing', 'This end tag closes no open element', 'no end tag here'],
  ['weird empty', 'An end tag has no name', '</NAME>'],
  ['the string', '"]]>" stands in text', ']]&gt;'],
  [
    'text data outside',
    'There is text outside the root element',
    'nothing but the root element, comments and white space',
  ],
  ['documents may', 'A second root element begins', 'the document to end with its root element'],
  [
    'incorrect syntax',
    'A "<!" begins nothing that may stand here',
    'a comment, a CDATA section, or &lt; for the character itself',
  ],
  ['malformed comment', 'A comment holds "--"', '"-->" at its end only'],
  ['processing instruction without', 'A processing instruction has no name', '<?NAME ...?>'],
  ['disallowed character in processing', 'The name of a processing instruction is not well-formed', '<?NAME ...?>'],
  ['unclosed tag', 'The document ends inside an element; it may have been cut off', 'the end tags of all elements'],
  ['unexpected end', 'The document ends inside a tag, a comment or the like; it may have been cut off', 'its end'],
  ['document must', 'The document ends without a root element; it may have been cut off', '<POSTBACK>'],
];

// All the others are of this.
const XML_DECLARATION: Complaint = {
  problem: 'The XML declaration is not well-formed, or not at the start of the document',
  expected: '<?xml version="1.0" encoding="..."?>, or none',
};

/** Our words for a message of saxes. */
export function complaintOf(saxesMessage: string): Complaint {
  const row = COMPLAINTS.find(([start]) => saxesMessage.startsWith(start));
  return row === undefined ? XML_DECLARATION : { problem: row[1], expected: row[2] };
}
