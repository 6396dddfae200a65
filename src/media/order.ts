// The order of the parts: that of the SMIL, then wire order.

import { nameOf } from './kinds.ts';
import type { MmsPart } from './options.ts';
import type { SmilReference } from './smil.ts';

/** Sorts the parts. Those that no reference means follow in the order in which they are given. */
export function inOrderOf(references: readonly SmilReference[], parts: readonly MmsPart[]): MmsPart[] {
  const places = new Map<MmsPart, number>();
  const byName = indexOf(parts, fullName);
  const byStem = indexOf(parts, stem);
  const unmatched: (readonly [reference: SmilReference, place: number])[] = [];
  for (const [place, reference] of references.entries()) {
    const name = referenceName(reference.src);
    const part = byName.get(fullName(name)) ?? byStem.get(stem(name));
    if (part === undefined) unmatched.push([reference, place]);
    else if (!places.has(part)) places.set(part, place);
  }
  // Providers rename files. Then the first image of the SMIL means the first one of the message, and so on.
  const rest = parts.filter((part) => part.kind !== 'smil' && part.kind !== 'missing' && !places.has(part));
  for (const [{ kind }, place] of unmatched) {
    const at = rest.findIndex((part) => kind === undefined || part.kind === kind);
    const [part] = at === -1 ? [] : rest.splice(at, 1);
    if (part !== undefined) places.set(part, place);
  }
  const placeOf = (part: MmsPart): number => places.get(part) ?? Infinity;
  return parts.toSorted((a, b) => (placeOf(a) === placeOf(b) ? 0 : placeOf(a) - placeOf(b)));
}

/** The parts by name, without those whose names are equal. */
function indexOf(parts: readonly MmsPart[], toKey: (name: string) => string): ReadonlyMap<string, MmsPart> {
  const index = new Map<string, MmsPart | undefined>();
  for (const part of parts) {
    if (part.kind === 'smil') continue;
    const key = toKey(nameOf(part.url));
    index.set(key, index.has(key) ? undefined : part);
  }
  return new Map([...index].flatMap(([key, part]) => (part === undefined || key === '' ? [] : [[key, part] as const])));
}

/** The name of a part in `src`: a file name, a URL, or `cid:` and a content id (RFC 2392), maybe in angle brackets. */
function referenceName(src: string): string {
  return nameOf(src.trim().replace(/^cid:/i, '').replace(/^<|>$/g, '').replaceAll('\\', '/'));
}

function fullName(name: string): string {
  return name.replace(/^<|>$/g, '').toLowerCase();
}

/** A name without its extension. */
function stem(name: string): string {
  return fullName(name).replace(/\.[^.]*$/, '');
}
