// SMIL, and the order that it gives to the parts.

import { describe, expect, it } from 'vitest';
import type { MmsPart } from '../../src/media/node.ts';
import { MediaError } from '../../src/media/errors.ts';
import { inOrderOf } from '../../src/media/order.ts';
import { readSmil } from '../../src/media/smil.ts';

const DOCTYPE = '<!DOCTYPE smil PUBLIC "-//W3C//DTD SMIL 1.0//EN" "http://www.w3.org/TR/REC-smil/SMIL10.dtd">\n';
const body = (content: string): string => `<smil><head><layout/></head><body>${content}</body></smil>`;

describe('readSmil', () => {
  it('returns the references in the order of the document', () => {
    const smil = body(
      '<par dur="5000ms"><img src="1.jpg" region="Image"/><text src="1.txt"/></par>' +
        '<par><video src="2.3gp"/><audio src="2.amr"/></par><seq><ref src="c.vcf"/></seq><textstream src="3.txt"/>',
    );
    expect(readSmil(smil)?.map(({ kind, src }) => [kind, src])).toEqual([
      ['image', '1.jpg'],
      ['text', '1.txt'],
      ['video', '2.3gp'],
      ['audio', '2.amr'],
      [undefined, 'c.vcf'],
      ['text', '3.txt'],
    ]);
  });

  it.each([
    ['a declaration and the document type of SMIL 1.0', `<?xml version="1.0"?>\n${DOCTYPE}${body('<img src="a"/>')}`],
    ['upper case and prefixes', '<s:SMIL xmlns:s="x"><BODY><s:IMG src="a"/></BODY></s:SMIL>'],
    ['elements without src, and attributes of Object', body('<img/><toString src="b"/><img src="a" toString="c"/>')],
    ['references and CDATA', body('<![CDATA[<img src="b"/>]]><img src="&#97;"/>')],
  ])('accepts %s', (_, smil) => {
    expect(readSmil(smil)?.map(({ src }) => src)).toEqual(['a']);
  });

  it.each([
    ['another root', '<html><img src="a"/></html>'],
    ['an end tag that is missing', '<smil><img src="a"/>'],
    ['an internal subset', `<!DOCTYPE smil [<!ENTITY a "b">]>${body('<img src="a"/>')}`],
    ['an entity that is not defined', body('<img src="&nbsp;"/>')],
    ['no element', 'Hello'],
    ['nothing', ''],
    ['more than 65 536 characters', body(`<img src="a"/>${' '.repeat(65_536)}`)],
    ['two roots', `${body('')}${body('')}`],
  ])('refuses %s', (_, smil) => {
    expect(readSmil(smil)).toBeUndefined();
  });
});

const part = (kind: 'image' | 'text' | 'video' | 'other' | 'contact' | 'smil', name: string): MmsPart => {
  const base = { index: 0, url: `https://h.example/m/${name}`, type: '', size: 0 };
  return kind === 'image' || kind === 'video' || kind === 'other' ? { kind, ...base } : { kind, ...base, text: '' };
};
const image = (name: string): MmsPart => part('image', name);
const text = (name: string): MmsPart => part('text', name);
const missing = (name: string): MmsPart => ({
  kind: 'missing',
  index: 0,
  url: `https://h.example/${name}`,
  error: new MediaError('GONE', '', { index: 0 }),
});

/** The names of the parts in the order of a SMIL. */
const ordered = (smil: string, ...parts: MmsPart[]): string[] =>
  inOrderOf(readSmil(body(smil)) ?? [], parts).map(({ url }) => url.replace(/.*\//, ''));

describe('the parts are in the order of the SMIL', () => {
  it('by file name, by cid, and by name without extension', () => {
    const smil =
      '<text src="cid:T1.txt"/><img src="a/b/1.JPG"/><img src="cid:&lt;pic2&gt;"/><img src="C:\\mms\\3.png"/>' +
      '<text src="t%204.txt"/><img src="pic5.gif"/>';
    expect(
      ordered(
        smil,
        image('pic5.jpg'),
        text('t%204.txt'),
        image('3.png'),
        image('pic2.jpg'),
        image('1.jpg'),
        text('t1.txt'),
      ),
    ).toEqual(['t1.txt', '1.jpg', 'pic2.jpg', '3.png', 't%204.txt', 'pic5.jpg']);
  });

  it('by position among the parts of the same kind, if the provider has renamed the files', () => {
    const smil = '<img src="a.jpg"/><text src="a.txt"/><img src="b.jpg"/><text src="b.txt"/>';
    expect(ordered(smil, text('9'), image('8'), text('7'), image('6'))).toEqual(['8', '9', '6', '7']);
  });

  it('by position only for the references whose name matches no part', () => {
    const smil = '<img src="a.jpg"/><img src="2.jpg"/><ref src="c"/>';
    expect(ordered(smil, part('contact', '4.vcf'), image('2.jpg'), image('3.jpg'))).toEqual([
      '3.jpg',
      '2.jpg',
      '4.vcf',
    ]);
  });

  it('and those that it does not mention follow in wire order', () => {
    expect(ordered('<img src="2.jpg"/>', part('smil', '0.smil'), text('1.txt'), image('2.jpg'), text('3.txt'))).toEqual(
      ['2.jpg', '0.smil', '1.txt', '3.txt'],
    );
  });

  it('where a part that is mentioned twice has its first place', () => {
    expect(ordered('<img src="2"/><text src="1"/><img src="2"/>', text('1'), image('2'))).toEqual(['2', '1']);
  });

  it('where a missing part has its place by name, but not by position', () => {
    expect(ordered('<img src="2"/><text src="1"/>', text('1'), missing('2'))).toEqual(['2', '1']);
    expect(ordered('<img src="b"/><text src="a"/>', missing('8'), text('9'))).toEqual(['9', '8']);
  });

  it('by position where two parts have the same name', () => {
    expect(ordered('<text src="a"/><img src="a"/>', image('a'), text('x/a'))).toEqual(['a', 'a']);
    expect(ordered('<text src="a"/><img src="a"/>', image('a?1'), text('a?2'))).toEqual(['a?2', 'a?1']);
  });

  it('where names of nothing match nothing', () => {
    expect(ordered('<img src=""/><img src="."/><video src="v"/>', text('1'), image(''))).toEqual(['', '1']);
  });
});
