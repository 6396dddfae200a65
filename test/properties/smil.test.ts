// Whatever a SMIL contains, each part of the message is there once.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contentOf } from '../../src/media/content.ts';
import type { MmsPart } from '../../src/media/node.ts';
import { readSmil } from '../../src/media/smil.ts';
import { runs } from './runs.ts';
import { changedSmil } from './smil.ts';

const name = fc.constantFrom(
  '1.jpg',
  'IMG_0001.jpg',
  'text_0001.txt',
  '1.gif',
  '2.amr',
  'c.vcf',
  '3',
  '',
  'a%',
  '../b',
  'x.txt',
);
const part = fc
  .tuple(fc.constantFrom('image', 'video', 'audio', 'other', 'text', 'contact'), name)
  .map(
    ([kind, url]) => ({ kind, url: `https://a.example/${url}`, type: '', size: 0, text: url }) as unknown as MmsPart,
  );

it('each part occurs once, and the text parts in the same order in the text', () => {
  let readable = 0;
  fc.assert(
    fc.property(changedSmil, fc.array(part, { maxLength: 12 }), fc.nat(12), (smil, others, at) => {
      const smilPart = {
        kind: 'smil',
        url: 'https://a.example/0.smil',
        type: '',
        size: 0,
        text: smil,
      } as unknown as MmsPart;
      const wireOrder = others.toSpliced(at, 0, smilPart);
      const { parts, text } = contentOf(wireOrder);
      expect(new Set(parts)).toEqual(new Set(wireOrder));
      expect(parts).toHaveLength(wireOrder.length);
      const texts = parts.flatMap((each) => (each.kind === 'text' && each.text !== '' ? [each.text] : []));
      expect(text).toBe(texts.join('\n'));
      if (readSmil(smil) === undefined) expect(parts).toEqual(wireOrder);
      else readable++;
    }),
    runs,
  );
  // Otherwise nothing is sorted.
  expect(readable).toBeGreaterThan((runs.numRuns * 5) / 100);
});
