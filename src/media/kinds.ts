// What a file is: an image, the sender's words, a SMIL. Decided by its bytes, otherwise by what the server claims.

import { fileTypeFromBuffer } from 'file-type/core';
import { toBinaryString } from '../read/binary-string.ts';
import { mediaTypeOf } from '../receive/content-type.ts';
import type { MmsPart } from './options.ts';
import { looksLikeText } from './text.ts';

/** How many bytes at the start of a file show its type. */
export const START_BYTES = 4100;

export type PartKind = Exclude<MmsPart['kind'], 'missing'>;

/** What is known about a file. */
export interface FileFacts {
  readonly url: string;
  /** The Content-Type that the server claims. */
  readonly contentType?: string | undefined;
  /** The media type that {@link detectType} has found. */
  readonly detectedType?: string | undefined;
  /** The first {@link START_BYTES} bytes. */
  readonly start: Uint8Array;
}

// The formats that consist of text. The bytes of the others contain control characters, but their signatures may be
// words: a message that starts with "BM" is not a bitmap.
const TEXT_FORMATS = /^(?:text\/|application\/(?:xml|rtf|pdf|postscript)$)/;

/** A media type, and the usual extension of its files. */
export interface DetectedType {
  readonly mime: string;
  readonly ext: string;
}

/** The type that the start of a file shows. */
export async function detectType(start: Uint8Array): Promise<DetectedType | undefined> {
  const detected = await fileTypeFromBuffer(start);
  return detected === undefined || (looksLikeText(start) && !TEXT_FORMATS.test(detected.mime)) ? undefined : detected;
}

/** The media type without parameters. What the bytes show has priority. */
export function typeOf({ contentType = '', detectedType }: FileFacts): string {
  const claimed = mediaTypeOf(contentType);
  // 3GP, MP4 and Ogg are the same for sound alone.
  const isSound = claimed.startsWith('audio/') && detectedType?.startsWith('video/');
  // XML says less than a claim of SMIL.
  const isXml = detectedType === 'application/xml' && SMIL_TYPES.test(claimed);
  const type = isSound === true || isXml || detectedType === undefined ? claimed : mediaTypeOf(detectedType);
  return type === '' ? 'application/octet-stream' : type;
}

const SMIL_TYPES = /^application\/smil(?:\+xml)?$/;
const CONTACT_TYPES = /^text\/(?:(?:x-)?vcard|directory)$/;
// Types that a server claims if it knows none.
const UNKNOWN_TYPES = /^(?:application|binary)\/octet-stream$/;
const SMIL_START = /^\s*(?:<\?xml[^>]*>\s*|<!--[^>]*-->\s*|<!doctype\s[^>]*>\s*)*<smil[\s>]/i;

/** Decides what a file is. */
export function kindOf(file: FileFacts): PartKind {
  const type = typeOf(file);
  const isText = looksLikeText(file.start);
  const start = toBinaryString(file.start).replace(/^\xEF\xBB\xBF/, '');
  const name = nameOf(file.url);
  if (SMIL_TYPES.test(type) || (isText && /\.smil?$/i.test(name))) return 'smil';
  if (isText && type !== 'text/plain' && SMIL_START.test(start)) return 'smil';
  if (CONTACT_TYPES.test(type) || (isText && /^\s*BEGIN:VCARD\s/i.test(start))) return 'contact';
  if (type === 'text/plain') return 'text';
  const isPage = isText && /^\s*</.test(start);
  if (UNKNOWN_TYPES.test(type)) return isText && !isPage ? 'text' : 'other';
  // A web page may claim to be an image. SVG is a document, which may contain scripts.
  const [, kind] = isPage ? [] : (/^(image|video|audio)\/(?!svg)/.exec(type) ?? []);
  return (kind as PartKind | undefined) ?? 'other';
}

/** The last part of a URL's path, decoded. */
export function nameOf(url: string): string {
  const name = url.replace(/[?#].*/s, '').replace(/^.*\//s, '');
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
