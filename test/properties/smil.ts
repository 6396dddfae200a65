// SMIL as handsets write it, and as nobody should write it.

import fc from 'fast-check';

/** As three handsets write it. */
const SAMPLES = [
  '<smil><head><layout><root-layout width="240" height="160"/><region id="Image" width="100%" height="67%" left="0%" ' +
    'top="0%" fit="meet"/><region id="Text" width="100%" height="33%" left="0%" top="67%"/></layout></head><body>' +
    '<par dur="5000ms"><img src="IMG_0001.jpg" region="Image"/><text src="text_0001.txt" region="Text"/></par>' +
    '<par dur="5000ms"><video src="VID_0002.3gp" region="Image"/><text src="text_0002.txt" region="Text"/></par>' +
    '</body></smil>',
  '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE smil PUBLIC "-//W3C//DTD SMIL 1.0//EN" ' +
    '"http://www.w3.org/TR/REC-smil/SMIL10.dtd">\n<smil>\n <head>\n  <meta name="title" content="mms"/>\n </head>\n ' +
    '<body>\n  <par dur="3s">\n   <img src="cid:1.gif" alt="1.gif" begin="0s"/>\n   <audio src="cid:&lt;2.amr&gt;"/>\n' +
    '  </par>\n </body>\n</smil>',
  "<smil xmlns='http://www.w3.org/2000/SMIL20/CR/Language'><body><par><ref src='c.vcf'/></par><seq><img src='3'/>" +
    '</seq></body></smil>',
];

const PIECES = [
  '<',
  '>',
  '&',
  '&#0;',
  '&a;',
  '"',
  "'",
  '/>',
  '</',
  '<par>',
  '</par>',
  '<img src="',
  '<text src="1.txt"/>',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?',
  '?>',
  '<!DOCTYPE smil [',
  '<!ENTITY a "&a;&a;">',
  ']>',
  '../',
  '\0',
  '\uD800',
  ' a="',
];

const place = fc.double({ min: 0, max: 1, noNaN: true });
const change = fc.oneof(
  fc.record({
    kind: fc.constant('insert' as const),
    at: place,
    text: fc.constantFrom(...PIECES),
    times: fc.constantFrom(1, 1, 1, 2, 5000),
  }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: place,
    text: fc.string({ unit: 'binary' }),
    times: fc.constant(1),
  }),
  fc.record({ kind: fc.constant('remove' as const), at: place, length: fc.nat(60) }),
  fc.record({
    kind: fc.constant('repeat' as const),
    at: place,
    length: fc.nat(200),
    times: fc.constantFrom(2, 10, 300),
  }),
);

/** A sample with a few changes. */
export const changedSmil: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...SAMPLES), fc.array(change, { maxLength: 4 }))
  .map(([sample, changes]) =>
    changes.reduce((text, next) => {
      const at = Math.floor(next.at * text.length);
      if (next.kind === 'insert') return text.slice(0, at) + next.text.repeat(next.times) + text.slice(at);
      if (next.kind === 'remove') return text.slice(0, at) + text.slice(at + next.length);
      return text.slice(0, at) + text.slice(at, at + next.length).repeat(next.times) + text.slice(at);
    }, sample),
  );
