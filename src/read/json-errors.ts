// The errors of JSON documents.

import type { PostbackError } from '../errors.ts';
import type { Assembler } from './assembler.ts';
import { moreThan, TRUNCATED } from './fault.ts';

/** What is wrong with a character that the grammar does not allow. */
export const UNEXPECTED = 'unexpected character';

/** The error for JSON that is not well-formed. */
export function malformedJson(assembler: Assembler, offset: number, problem: string, expected: string): PostbackError {
  return assembler.error({ code: 'MALFORMED', offset, problem: `Malformed JSON: ${problem}`, expected });
}

/** The error for JSON that ends too early. */
export function truncatedJson(assembler: Assembler, offset: number, expected: string): PostbackError {
  return assembler.error({ code: 'MALFORMED', offset, problem: TRUNCATED, expected });
}

/** The error for too much nesting. */
export function tooDeep(assembler: Assembler, maxDepth: number, offset: number, path?: string): PostbackError {
  return assembler.error({
    code: 'TOO_DEEP',
    offset,
    path,
    ...moreThan(maxDepth, 'nested objects and lists', 'maxDepth'),
  });
}
