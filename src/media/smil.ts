// Reads SMIL: the parts that a phone shows, in their order. https://www.w3.org/TR/SMIL2/

import { SaxesParser } from 'saxes';
import type { PartKind } from './kinds.ts';

/** A reference to a part. */
export interface SmilReference {
  /** The kind of the part that the element shows. `undefined`: any. */
  readonly kind: PartKind | undefined;
  readonly src: string;
}

// https://www.w3.org/TR/SMIL2/extended-media-object.html#smilMediaNS-MediaObjectElements
const MEDIA_ELEMENTS: Readonly<Record<string, PartKind | undefined>> = {
  img: 'image',
  text: 'text',
  textstream: 'text',
  audio: 'audio',
  video: 'video',
  animation: undefined,
  ref: undefined,
};

// The SMIL of a phone has about 1 000 characters.
const MAX_LENGTH = 65_536;

class Unreadable extends Error {}

/**
 * Returns the references in the order of the document. Elements of one `par` are shown together, and follow those of
 * the `par` before. `undefined` if it is not well-formed XML, not SMIL, or longer than 65 536 characters.
 */
export function readSmil(text: string): readonly SmilReference[] | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const references: SmilReference[] = [];
  const saxes = new SaxesParser();
  let isInside = false;
  saxes.on('opentag', ({ name, attributes }) => {
    const element = localName(name);
    if (!isInside && element !== 'smil') throw new Unreadable();
    isInside = true;
    const { src } = attributes;
    if (Object.hasOwn(MEDIA_ELEMENTS, element) && src !== undefined) {
      references.push({ kind: MEDIA_ELEMENTS[element], src });
    }
  });
  // An internal subset could define entities. SMIL 1.0 has a document type without one.
  saxes.on('doctype', (doctype) => {
    if (doctype.includes('[')) throw new Unreadable();
  });
  saxes.on('error', () => {
    throw new Unreadable();
  });
  try {
    saxes.write(text).close();
    return references;
  } catch {
    return undefined;
  }
}

function localName(name: string): string {
  return name.replace(/^.*:/, '').toLowerCase();
}
