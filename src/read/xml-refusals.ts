// What errors say about XML that saxes never sees.

import { isBlank } from '../protocol/xml-whitespace.ts';
import type { DocumentFault } from './assembler.ts';
import { TRUNCATED } from './fault.ts';
import type { Explanation } from './fault.ts';
import { MAX_REPAIRS } from './limits.ts';
import type { SourceText } from './source-text.ts';
import type { Refusal } from './xml-repair-sink.ts';

export const REFUSALS: Readonly<Record<Refusal, Explanation>> = {
  doctype: { problem: 'Document type declaration', expected: 'a document without one' },
  reference: {
    problem: 'Unescaped "&", or an undefined reference',
    expected: '&amp; for the character itself, one of &lt; &gt; &quot; &apos;, or a reference to a character of XML',
  },
  'repair limit': {
    problem: `More than ${MAX_REPAIRS} repairs needed, the last one`,
    expected: 'a document with fewer of them',
  },
  surrogate: { problem: 'Half of a surrogate pair', expected: 'complete characters' },
  'unclosed construct': { problem: TRUNCATED, expected: 'the end of a tag, a comment or similar' },
  'unclosed field': {
    problem: 'A tag of an element around a field is in its text',
    expected: "the field's own end tag first",
  },
  'processing instruction': { problem: 'Malformed name of a processing instruction', expected: '<?NAME ...?>' },
};

const NOT_A_DOCUMENT: Explanation = {
  problem: 'The document is neither XML nor JSON',
  expected: 'the first character "<", "{" or "["',
};
const TEXT_OUTSIDE: Explanation = {
  problem: 'Text outside the root element',
  expected: 'only comments and white space outside the root element',
};

// What is allowed outside the root element.
const COMMENTS_AND_SPACE = /^(?:[\t\n\r ]+|<!--[^]*?-->|<\?[^]*?\?>)*/;

/**
 * What is wrong outside the root element, if there is text, or no document. `rootEnd`: the offset after that element.
 * `readTo`: the offset after what saxes has read.
 */
export function faultOutside(
  source: SourceText,
  rootEnd: number | undefined,
  readTo: number,
): DocumentFault | undefined {
  const outside = source.slice(rootEnd ?? 0, readTo);
  if (rootEnd === undefined && isBlank(outside)) {
    return {
      code: 'EMPTY',
      offset: 0,
      problem: 'The document is empty',
      expected: 'XML with the root element POSTBACK, or a JSON object',
    };
  }
  const text = outside.replace(COMMENTS_AND_SPACE, '');
  // saxes reports text only at the end of its chunk.
  return text === '' || text.startsWith('<') ? undefined : faultOfText(source, readTo - text.length);
}

/** The fault of text outside the root element. */
export function faultOfText(source: SourceText, offset: number): DocumentFault {
  const isFirst = isBlank(source.slice(0, offset)) && source.slice(offset, offset + 1) !== '\uFEFF';
  return { code: 'MALFORMED', offset, ...(isFirst ? NOT_A_DOCUMENT : TEXT_OUTSIDE) };
}
