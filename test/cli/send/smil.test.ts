// The SMIL of `mo-postback send --text`.

import { expect, it } from 'vitest';
import { writeSmil } from '../../../src/cli/send/smil.ts';
import { readSmil } from '../../../src/media/smil.ts';

const text = { src: 'text.txt', contentType: 'text/plain; charset=utf-8' };
const file = (src: string, contentType: string): { src: string; contentType: string } => ({ src, contentType });

/** The elements of each page. */
function pagesOf(...files: { src: string; contentType: string }[]): string[][] {
  const smil = writeSmil(files, text);
  expect(readSmil(smil)).toHaveLength(smil.match(/ src=/g)?.length ?? 0);
  return [...smil.matchAll(/<par dur="5000ms">\n([^]*?)\n {4}<\/par>/g)].map(([, page = '']) =>
    page.split('\n').map((line) => line.trim()),
  );
}

it('writeSmil shows each file on a page of its own, and the text below the first picture', () => {
  expect(
    pagesOf(
      file('1.mp4', 'video/mp4'),
      file('2.jpg', 'image/jpeg'),
      file('3.amr', 'audio/amr'),
      file('4.txt', 'text/plain'),
      file('5.vcf', 'text/x-vcard; charset=utf-8'),
      file('6', 'application/octet-stream'),
      file('7.gif', 'image/gif'),
    ),
  ).toEqual([
    ['<video src="1.mp4" region="Image"/>'],
    ['<img src="2.jpg" region="Image"/>', '<text src="text.txt" region="Text"/>'],
    ['<audio src="3.amr"/>'],
    ['<text src="4.txt" region="Text"/>'],
    ['<ref src="5.vcf"/>'],
    ['<ref src="6"/>'],
    ['<img src="7.gif" region="Image"/>'],
  ]);
});

it.each([
  ['a video if there is no picture', ['audio/amr', 'video/3gpp'], 1],
  ['the first file if there is neither', ['audio/amr', 'text/x-vcard'], 0],
])('writeSmil puts the text below %s', (_, types, place) => {
  const pages = pagesOf(...types.map((type) => file('a', type)));
  expect(pages.map((page) => page.length)).toEqual(types.map((__, n) => (n === place ? 2 : 1)));
});

it('writeSmil leaves out another SMIL, and shows the text alone if there is nothing else', () => {
  expect(pagesOf(file('1.smil', 'application/smil+xml'))).toEqual([['<text src="text.txt" region="Text"/>']]);
});

it('writeSmil escapes what is markup in XML', () => {
  const src = `<&">'&amp;`;
  expect(readSmil(writeSmil([file(src, 'image/png')], text))?.[0]).toEqual({ kind: 'image', src });
});
