// Fixtures that were changed at random: what a sender, a network or an attacker makes of real documents.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseBundle, PostbackError } from '../../src/index.ts';
import type { PostbackResult } from '../../src/index.ts';
import { count } from '../helpers/count.ts';

const DOCUMENTS = count('MUTATED_FIXTURES', 20_000);
// Each takes some of these changes.
const MOST_CHANGES = 3;
// Larger ones test limits, and would take most of the time.
const MAX_LENGTH = 4096;

const folder = new URL('../../fixtures/', import.meta.url);
const documents = readdirSync(folder)
  .filter((name) => /\.xml$|\.wire\.json$/.test(name))
  .map((name) => readFileSync(new URL(name, folder)))
  .filter(({ length }) => length > 0 && length <= MAX_LENGTH);

const PIECES = [
  ...['<', '>', '&', '&amp;', '&#0;', '&#xD800;', '<!--', '-->', '<![CDATA[', ']]>', '<?x?>', '<!DOCTYPE a>', '"', "'"],
  ...['<TEXT>', '</TEXT>', '</POSTBACK>', '<NOTIFICATION>', '<BODY/>', '{', '}', '[', ']', ',', ':', '\\', '\\u0000'],
  ...['\0', '\r', '\n', '\x80', '\xC2', '\xED\xA0\x80', '\xF0\x9F\x98', '\xEF\xBB\xBF', '\xFF\xFE', ' '.repeat(99)],
].map((piece) => Buffer.from(piece, 'latin1'));

/** Random whole numbers from 0 to below `limit`, the same for the same seed: xorshift32. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

function pick<T>(list: readonly T[], below: (limit: number) => number): T {
  return list[below(list.length)] as T;
}

/** A document with a part removed, doubled, or replaced. */
function changed(document: Uint8Array, below: (limit: number) => number): Uint8Array {
  const from = below(document.length + 1);
  const to = Math.min(document.length, from + below(20));
  const [before, part, after] = [document.subarray(0, from), document.subarray(from, to), document.subarray(to)];
  switch (below(5)) {
    case 0:
      return Buffer.concat([before, after]);
    case 1:
      return Buffer.concat([before, part, part, after]);
    case 2:
      return Buffer.concat([before, pick(PIECES, below), after]);
    case 3:
      return Buffer.concat([before, Buffer.of(below(256)), after]);
    default: {
      const other = pick(documents, below);
      const start = below(other.length);
      return Buffer.concat([before, other.subarray(start, start + below(200)), after]);
    }
  }
}

const READ_WITH_RECOVER = { recover: true, fallbackTime: new Date(0) };

/** The results, or the error of the document. @throws anything that is no PostbackError */
function read(document: Uint8Array, options = {}): PostbackResult[] | PostbackError {
  try {
    return parseBundle(document, options);
  } catch (error) {
    if (error instanceof PostbackError) return error;
    throw error;
  }
}

const isReadable = (results: PostbackResult[] | PostbackError): results is PostbackResult[] =>
  Array.isArray(results) && results.every(({ success }) => success);
// Half of the documents are changed forms of these. Others are only rarely readable.
const readable = documents.filter((document) => isReadable(read(document)));

it('a changed fixture gives results or a PostbackError, and with recover the same, or more', () => {
  const seed = 1 + Math.floor(Math.random() * 2 ** 31);
  const below = randomNumbers(seed);
  let successes = 0;
  for (let n = 0; n < DOCUMENTS; n++) {
    let document: Uint8Array = pick(below(2) === 0 ? documents : readable, below);
    for (let left = 1 + below(MOST_CHANGES); left > 0; left--) document = changed(document, below);
    const told = { seed, n, document: Buffer.from(document).toString('latin1') };
    let strict: PostbackResult[] | PostbackError;
    let recovered: PostbackResult[] | PostbackError;
    try {
      strict = read(document);
      recovered = read(document, READ_WITH_RECOVER);
    } catch (error) {
      throw new Error(JSON.stringify(told), { cause: error });
    }
    // What could not be read may be read in another way.
    if (!isReadable(strict)) continue;
    successes++;
    // What can be read without it needs no repair, except for NUL in JSON.
    const same =
      Array.isArray(recovered) &&
      recovered.length === strict.length &&
      strict.every(({ data }, at) => {
        const other = recovered[at];
        const isRepaired = other?.warnings.some(({ code }) => code === 'FORBIDDEN_CHARACTER') === true;
        return other?.success === true && (isRepaired || JSON.stringify(other.data) === JSON.stringify(data));
      });
    if (!same) expect.unreachable(JSON.stringify(told));
  }
  // Otherwise the test would prove nothing.
  expect(successes).toBeGreaterThan(DOCUMENTS / 100);
}, 7_200_000);
