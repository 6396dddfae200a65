// The XML declaration: https://www.w3.org/TR/xml/#NT-XMLDecl

import { skipSpaceAndMarks } from '../protocol/xml-whitespace.ts';

// How much is searched for its end, white space before it included. Real ones have about 40 characters.
export const MAX_DECLARATION_LENGTH = 1024;

const START = '<?xml';
const DECLARATION = /^<\?xml[\t\n\r ]/;
const LABEL = /^<\?xml[\t\n\r ](?:[^>]*?[\t\n\r ])?encoding[\t\n\r ]*=[\t\n\r ]*(["'])([^>]*?)\1/;

/** The label of the encoding that a declaration names, and the index after its closing quote. */
export function declaredLabel(text: string): { readonly label: string; readonly end: number } | undefined {
  const match = LABEL.exec(text);
  return match === null ? undefined : { label: String(match[2]), end: match[0].length };
}

/** Whether XML allows this label: https://www.w3.org/TR/xml/#NT-EncName */
export function isEncodingName(label: string): boolean {
  return /^[A-Za-z][\w.-]*$/.test(label);
}

/**
 * How many UTF-16 units at the start of a document are ignored: white space before the declaration, and byte order
 * marks. `'undecided'`: more text is needed, also to read the declaration.
 */
export function countIgnoredAtStart(text: string, isLast: boolean): number | 'undecided' {
  const start = skipSpaceAndMarks(text);
  const rest = text.slice(start);
  const isDeclaration = DECLARATION.test(rest);
  const mayBeDeclaration = isDeclaration
    ? !rest.includes('>') && rest.length < MAX_DECLARATION_LENGTH
    : rest.length <= START.length && START.startsWith(rest);
  if (!isLast && mayBeDeclaration) return 'undecided';
  return isDeclaration || text.slice(0, start).includes('\uFEFF') ? start : 0;
}
