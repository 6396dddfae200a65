// Reading a file of JSON lines, from its end.

import type { FileHandle } from 'node:fs/promises';

const BLOCK_BYTES = 256 * 1024;
const LINE_FEED = 0xa;
const OPEN_BRACE = 0x7b;

// More than any message: a notification has at most a million characters.
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/**
 * Whether the first line is JSON. A file with a single line may be what a crash has left: the start of an object, or
 * NULs.
 */
export async function startsWithJsonLine(file: FileHandle): Promise<boolean> {
  const start = await readBlock(file, Buffer.alloc(BLOCK_BYTES), 0);
  const end = start.indexOf(LINE_FEED);
  if (start.length === 0 || end === 0) return true;
  return end === -1 ? start[0] === OPEN_BRACE || start[0] === 0 : isJsonLine(start.subarray(0, end));
}

/** Whether a file of this size ends with a line feed. An empty file does. */
export async function endsWithLineFeed(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return true;
  const [last] = await readBlock(file, Buffer.alloc(1), size - 1);
  return last === LINE_FEED;
}

/** How many line feeds there are. */
export function countOfLines(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => (byte === LINE_FEED ? count + 1 : count), 0);
}

/**
 * Where bytes are that were appended to a file: at the start of a line, behind what another program has appended at the
 * same time, or nowhere, because the file was truncated. `size` is the file's size before.
 */
export async function placeOfAppended(
  file: FileHandle,
  size: number,
  bytes: Uint8Array,
): Promise<'start of line' | 'behind others' | 'nowhere'> {
  const next = await readBlock(file, Buffer.alloc(bytes.length), size);
  if (next.equals(bytes)) return 'start of line';
  const { size: newSize } = await file.stat();
  const added = await readBlock(file, Buffer.alloc(Math.max(0, newSize - size)), size);
  const at = added.indexOf(bytes);
  if (at === -1) return 'nowhere';
  return bytes[0] === LINE_FEED || added[at - 1] === LINE_FEED ? 'start of line' : 'behind others';
}

/**
 * The lines of a file, the last one first. The first item is what follows the last line feed, usually nothing.
 * @throws Error for a line that is too long to be ours
 */
export async function* linesBackwards(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(BLOCK_BYTES);
  // The end of the line that starts before the current block.
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - BLOCK_BYTES);
    const block = await readBlock(file, buffer.subarray(0, end - from), from);
    let to = block.length;
    for (let at = block.lastIndexOf(LINE_FEED); at !== -1; at = at === 0 ? -1 : block.lastIndexOf(LINE_FEED, at - 1)) {
      yield Buffer.concat([block.subarray(at + 1, to), ...rest]);
      rest = [];
      restBytes = 0;
      to = at;
    }
    restBytes += to;
    if (restBytes > MAX_LINE_BYTES) throw new Error('it contains a line of more than 32 MiB');
    rest.unshift(Buffer.from(block.subarray(0, to)));
    end = from;
  }
  yield Buffer.concat(rest);
}

export function isJsonLine(bytes: Uint8Array): boolean {
  try {
    JSON.parse(decodeLine(bytes));
    return true;
  } catch {
    return false;
  }
}

export function decodeLine(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Fills the buffer with the bytes from this position. Resolves to the part that could be filled. */
async function readBlock(file: FileHandle, buffer: Buffer, from: number): Promise<Buffer> {
  for (let length = 0; ;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, from + length);
    length += bytesRead;
    if (bytesRead === 0 || length === buffer.length) return buffer.subarray(0, length);
  }
}
