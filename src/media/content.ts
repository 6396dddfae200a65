// The parts of an MMS, and what its sender wrote.

import { kindOf, typeOf } from './kinds.ts';
import type { FileFacts } from './kinds.ts';
import type { MessageFile } from './location.ts';
import type { MmsContent, MmsPart } from './options.ts';
import { inOrderOf } from './order.ts';
import { readSmil } from './smil.ts';
import { decodeText } from './text.ts';

/** A file whose type is known. */
export interface PartFile extends MessageFile, FileFacts {
  readonly size: number;
  /** Where it is: on the disk, or in memory. */
  readonly location: { readonly path: string } | { readonly bytes: Uint8Array };
}

/** Makes a part of a file. `readAll` is called for parts with text. */
export async function partOf(file: PartFile, readAll: () => Promise<Uint8Array>): Promise<MmsPart> {
  const { index, url, size, location, contentType } = file;
  const base = { index, url, type: typeOf(file), size, ...location };
  const kind = kindOf(file);
  switch (kind) {
    case 'text':
    case 'contact':
    case 'smil':
      return { kind, ...base, text: decodeText(await readAll(), contentType) };
    default:
      return { kind, ...base };
  }
}

/** Puts the parts, which are in wire order, into the order of the first SMIL that can be read. */
export function contentOf(wireOrder: readonly MmsPart[]): MmsContent {
  const smils = wireOrder.flatMap((part) => (part.kind === 'smil' ? [readSmil(part.text) ?? []] : []));
  const parts = inOrderOf(smils.find(({ length }) => length > 0) ?? [], wireOrder);
  const texts = parts.flatMap((part) => (part.kind === 'text' && part.text !== '' ? [part.text] : []));
  return { text: texts.join('\n'), parts, isComplete: !parts.some(({ kind }) => kind === 'missing') };
}
