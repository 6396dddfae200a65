// Comments, CDATA sections and processing instructions: what is neither text nor a tag. An `&` has no meaning in them.

/** `target`: in the name of a processing instruction. */
export type ConstructState = 'comment' | 'cdata' | 'target' | 'instruction';

/** A construct: the state after its start, and its end. */
export interface Construct {
  readonly state: ConstructState;
  readonly startLength: number;
  readonly closer: string;
}

export const CLOSERS = { comment: '-->', cdata: ']]>', instruction: '?>' } as const;

const STARTS: readonly (readonly [start: string, construct: Construct | 'doctype'])[] = [
  ['<!--', { state: 'comment', startLength: 4, closer: CLOSERS.comment }],
  ['<![CDATA[', { state: 'cdata', startLength: 9, closer: CLOSERS.cdata }],
  ['<?', { state: 'target', startLength: 2, closer: CLOSERS.instruction }],
  ['<!DOCTYPE', 'doctype'],
];

/** The construct, or the document type declaration, that starts at an index. */
export function constructAt(text: string, at: number): Construct | 'doctype' | undefined {
  return STARTS.find(([start]) => text.startsWith(start, at))?.[1];
}

/** Whether more text could make the start of a construct of a text. */
export function mayStartConstruct(text: string): boolean {
  return STARTS.some(([start]) => start.startsWith(text));
}

/** How many UTF-16 units at the end of `text` are a start of `whole`. */
export function startAtEnd(text: string, whole: string): number {
  for (let length = Math.min(whole.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(whole.slice(0, length))) return length;
  }
  return 0;
}
