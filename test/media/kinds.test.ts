// What a file is.

import { describe, expect, it } from 'vitest';
import { detectType, kindOf, nameOf, typeOf } from '../../src/media/kinds.ts';
import { JPEG } from '../helpers/media.ts';

const THREE_GP = Buffer.from('0000001866747970336770340000000033677034', 'hex');
const AMR = Buffer.concat([Buffer.from('#!AMR\n'), Buffer.alloc(40, 1)]);
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex');
const GIF = Buffer.from('474946383961010001000000', 'hex');
const SMIL = '<smil><body/></smil>';

describe('the kind and the type of a file', () => {
  it.each([
    ['an image by its bytes', JPEG, 'a.jpg', undefined, 'image', 'image/jpeg'],
    ['an image although the server claims text', JPEG, 'a', 'text/plain', 'image', 'image/jpeg'],
    ['an image although the server claims nothing useful', PNG, 'a', 'application/octet-stream', 'image', 'image/png'],
    ['a GIF', GIF, 'a', 'image/gif', 'image', 'image/gif'],
    ['a video', THREE_GP, 'a', undefined, 'video', 'video/3gpp'],
    ['sound in a container for videos', THREE_GP, 'a', 'Audio/3GPP; codecs=x', 'audio', 'audio/3gpp'],
    ['sound', AMR, 'a', undefined, 'audio', 'audio/amr'],
    ['an image by the claim, if the bytes show nothing', '\0', 'a', 'image/x-unknown', 'image', 'image/x-unknown'],
    ['SVG, which may contain scripts', '<svg/>', 'a', 'image/svg+xml', 'other', 'image/svg+xml'],
    ['HTML', '<!doctype html><p>', 'a', 'text/html', 'other', 'text/html'],
    ['HTML that claims to be an image', '<!doctype html><p>', 'a', 'image/jpeg', 'other', 'image/jpeg'],
    ['HTML without a claim', '<html>', 'a', undefined, 'other', 'application/octet-stream'],
    ['a program', 'MZ\x90\0\x03\0\0\0', 'a.jpg', 'image/jpeg', 'other', 'application/x-msdownload'],
    ['text by the claim', 'Hello', 'a', 'text/plain; charset=utf-8', 'text', 'text/plain'],
    ['text whose first letters are a signature', 'BM me later', 'a', 'text/plain', 'text', 'text/plain'],
    ['text without a claim', 'MZ hello', 'a', undefined, 'text', 'application/octet-stream'],
    ['text in UTF-16', '\xFF\xFEH\0i\0', 'a', 'text/plain', 'text', 'text/plain'],
    ['text of a server that knows no types', 'Hello', 'a', 'binary/octet-stream', 'text', 'binary/octet-stream'],
    ['bytes without a claim', 'a\0b', 'a', undefined, 'other', 'application/octet-stream'],
    ['a calendar', 'BEGIN:VCALENDAR\r\n', 'a', undefined, 'other', 'text/calendar'],
    ['a vCard by its bytes', 'BEGIN:VCARD\r\n', 'a', 'text/plain', 'contact', 'text/vcard'],
    ['a vCard after a byte order mark', '\xEF\xBB\xBFbegin:vcard\n', 'a', 'text/plain', 'contact', 'text/plain'],
    ['a vCard by the claim', 'N:Doe', 'a', 'text/x-vCard', 'contact', 'text/x-vcard'],
    ['SMIL by the claim', SMIL, 'a', 'application/smil', 'smil', 'application/smil'],
    [
      'SMIL by the claim, with a declaration',
      `<?xml version="1.0"?>${SMIL}`,
      'a',
      'application/smil',
      'smil',
      'application/smil',
    ],
    ['SMIL by the name', SMIL, 'a/0.smil?x=1', 'text/plain', 'smil', 'text/plain'],
    ['SMIL by its bytes', `<!-- a -->\n<!DOCTYPE smil SYSTEM "s">${SMIL}`, 'a', 'text/xml', 'smil', 'text/xml'],
    [
      'SMIL by its bytes, with a declaration',
      `<?xml version='1.0'?>\n${SMIL}`,
      'a',
      undefined,
      'smil',
      'application/xml',
    ],
    ['words that mention SMIL', '<smil> :-)', 'a', 'text/plain', 'text', 'text/plain'],
    ['bytes with the name of SMIL', '\x05\x01', 'a.smil', undefined, 'other', 'application/octet-stream'],
  ] as const)('are right for %s', async (_, content, url, contentType, kind, type) => {
    const start = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
    const facts = { url, contentType, detectedType: (await detectType(start))?.mime, start };
    expect([kindOf(facts), typeOf(facts)]).toEqual([kind, type]);
  });
});

describe('the name in a URL', () => {
  it.each([
    ['https://h.example/a/b%20c.jpg?d=/e#/f', 'b c.jpg'],
    ['https://h.example/', ''],
    ['https://h.example/%zz', '%zz'],
    ['a.jpg', 'a.jpg'],
    ['', ''],
  ])('%s', (url, name) => {
    expect(nameOf(url)).toBe(name);
  });
});
