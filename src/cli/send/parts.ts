// The parts of a picture message: its files, and with --text a text and a SMIL.

import { randomBytes } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { contentTypeOfFile } from '../content-types.ts';
import { codeOf, Failure, reasonOf } from '../failure.ts';
import { encodeSegment } from '../file-server.ts';
import { writeSmil } from './smil.ts';
import type { SmilFile } from './smil.ts';

/** A value of --mms. */
export type MmsFile = { readonly url: string } | { readonly path: string };

/** A part that the command serves itself. */
export interface LocalPart {
  /** Its path as it was given, or its name if it is not on the disk. */
  readonly file: string;
  /** `/`, random characters that a stranger cannot guess, `/` and the name, percent-encoded. */
  readonly urlPath: string;
  readonly contentType: string;
  /** An absolute path, or the bytes. */
  readonly content: { readonly path: string } | { readonly bytes: Uint8Array };
}

/** A part of a picture message. One that has a URL is served elsewhere. */
export type Part = { readonly url: string } | LocalPart;

const TEXT_NAME = 'text.txt';
const SMIL_NAME = 'message.smil';

/**
 * The parts in wire order: as on handsets, the SMIL is the first one, and the text the last.
 * @throws Failure if a file cannot be read
 */
export async function readParts(files: readonly MmsFile[], text: string | undefined): Promise<readonly Part[]> {
  const parts: Part[] = [];
  for (const file of files) parts.push('url' in file ? file : await localFile(file.path));
  if (text === undefined) return parts;
  const textPart = inMemory(TEXT_NAME, contentTypeOfFile(TEXT_NAME), text);
  const smil = writeSmil(parts.map(smilFile), smilFile(textPart));
  return [inMemory(SMIL_NAME, 'application/smil', smil), ...parts, textPart];
}

async function localFile(file: string): Promise<LocalPart> {
  const path = resolve(file);
  const reason = await unreadableReason(path);
  if (reason !== undefined) throw new Failure(`Cannot read ${file}: ${reason}.`);
  const name = basename(path);
  return { file, urlPath: unguessablePath(name), contentType: contentTypeOfFile(name), content: { path } };
}

async function unreadableReason(path: string): Promise<string | undefined> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return 'it is a folder';
    // Opening a pipe might never end.
    if (!stats.isFile()) return 'it is not a regular file';
    await (await open(path)).close();
    return undefined;
  } catch (error) {
    return reasonOf(error) + (codeOf(error) === 'ENOENT' ? '. A URL starts with http:// or https://' : '');
  }
}

function inMemory(name: string, contentType: string, text: string): LocalPart {
  return { file: name, urlPath: unguessablePath(name), contentType, content: { bytes: Buffer.from(text) } };
}

function unguessablePath(name: string): string {
  return `/${randomBytes(16).toString('base64url')}/${encodeSegment(name)}`;
}

/** A SMIL calls a part by the last segment of its URL, or by the whole URL if that has none. */
function smilFile(part: Part): SmilFile {
  if (!('url' in part)) return { src: lastSegment(part.urlPath), contentType: part.contentType };
  const { pathname, href } = new URL(part.url);
  const name = lastSegment(pathname);
  return { src: name === '' ? href : name, contentType: contentTypeOfFile(name) };
}

function lastSegment(path: string): string {
  return path.replace(/^.*\//, '');
}
