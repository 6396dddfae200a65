// Finds out whether text ends inside a tag.

import { searchFrom } from './xml-marks.ts';

/** Outside a tag, in a tag, or in the quotes of an attribute value. */
export type TagState = 'text' | 'tag' | 'double quotes' | 'single quotes';

// What ends each state. A tag is also ended by the start of quotes.
const ENDS = { tag: />|"|'/g, 'double quotes': /"/g, 'single quotes': /'/g } as const;

/**
 * The state at the end of a text without comments and the like. Its last `<` is where the last tag starts: a `<` inside
 * a tag is an error that saxes reports first.
 *
 *     … <TEXT>hi</TEXT> <NOTIFICATION id="17
 *                       ^            ^   ^
 */
export function followTags(before: TagState, text: string): TagState {
  let at = text.lastIndexOf('<') + 1;
  let state = at > 0 ? 'tag' : before;
  while (state !== 'text') {
    const end = searchFrom(text, ENDS[state], at);
    if (end === -1) return state;
    state = state === 'tag' ? stateAfter(text[end]) : 'tag';
    at = end + 1;
  }
  return state;
}

function stateAfter(character: string | undefined): TagState {
  return character === '"' ? 'double quotes' : character === "'" ? 'single quotes' : 'text';
}
