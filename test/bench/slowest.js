// Searches for bodies that take a receiver the most time per byte, compared with a good bundle of 300. A body is a start,
// a unit that is repeated, and an end. The search starts with the slowest ones that were found before, and changes the
// slowest ones that it knows.
//
//     node test/bench/slowest.js [seconds]

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { readStored } from '../../dist/http.js';
import { documents } from './documents.js';

const BODY_BYTES = 65_536;
const SHOWN = 24;

const FIELDS =
  '<ORIGIN>SMS_MO</ORIGIN><CODE>N211</CODE><FROM>15550104477</FROM><TO>86717</TO><RECEIVED>2014-02-03T11:19:49-05:00</RECEIVED>';
const SMS = `${FIELDS}<TEXT>hi</TEXT>`;
const JSON_FIELDS = '"origin":"SMS_MO","code":"1","from":"1","to":"2","timestamp":"2014-02-03T11:19:49Z"';

const TYPES = ['text/xml', 'application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=b'];
const STARTS = [
  '',
  '<POSTBACK>',
  '<POSTBACK><NOTIFICATION>',
  `<POSTBACK>${FIELDS}<TEXT>`,
  `<POSTBACK>${FIELDS}<TEXT><3 `,
  `<POSTBACK>${FIELDS}<CONTENT>`,
  `<POSTBACK>${FIELDS}<X>`,
  '<POSTBACK a="',
  '<POSTBACK><!--',
  '<?xml version="1.0" encoding="gb18030"?><POSTBACK>',
  '[',
  '{',
  `{${JSON_FIELDS},"message-text":"`,
  `{${JSON_FIELDS},"content":[`,
  'xml=',
  'xml=%3CPOSTBACK%3E',
  '--b\r\n\r\n<POSTBACK>',
  '--b\r\n',
];
const ENDS = ['', '</TEXT></POSTBACK>', '</POSTBACK>', '</NOTIFICATION></POSTBACK>', '"}', ']', ']}', '--b--'];
const TOKENS = [
  ...'<>&;"\'=/!?-[]{}:,\\%+ \n\r\0\x01aé中',
  ...['\xE9', '\xED\xA0\xBD', '\uFEFF', '\uD83D', '😀'],
  ...['<x/>', '<x>', '</x>', '<x a="b"/>', '<FILE/>', '<FILE>a</FILE>', '<BODY>', '</BODY>', '<TEXT>', '</TEXT>'],
  ...['<POSTBACK>', '</POSTBACK>', '<NOTIFICATION>', '</NOTIFICATION>', '<NOTIFICATION/>', '<NUMBER/>', '</TEXT'],
  ...[
    '<!--',
    '-->',
    '--',
    '<![CDATA[',
    ']]>',
    '<?x',
    '?>',
    '<!DOCTYPE',
    '&amp;',
    '&#1;',
    '&#xD83D;',
    '&#55357;&#56832;',
  ],
  ...[
    '&eacute;',
    '&x;',
    '<3',
    '{}',
    '[]',
    '{"a":',
    '"a":',
    '"a":1',
    'null',
    '1',
    '1e9',
    '\\u0000',
    '\\ud800',
    '%20',
    '%3C',
  ],
  ...['xml', 'a=b', '&xml=', '--b\r\n', '\r\n', 'A: b\r\n', 'Content-Disposition: form-data; name=xml\r\n\r\n'],
  `<NOTIFICATION>${SMS}</NOTIFICATION>`,
  `<NOTIFICATION>${FIELDS}<TEXT><3</TEXT></NOTIFICATION>`,
  `<NOTIFICATION>${FIELDS}</NOTIFICATION>`,
  `<NOTIFICATION>${SMS}${'<x/>'.repeat(240)}</NOTIFICATION>`,
  `{${JSON_FIELDS},"message-text":"a"},`,
];

const pick = (list) => list[Math.floor(Math.random() * list.length)];

function random() {
  const unit = Array.from({ length: 1 + Math.floor(Math.random() * 4) }, () => pick(TOKENS));
  return { type: pick(TYPES), start: pick(STARTS), unit, end: pick(ENDS), encoding: pick(['utf8', 'utf8', 'latin1']) };
}

function changed(body) {
  const next = { ...body, unit: [...body.unit] };
  const part = pick(['type', 'start', 'unit', 'unit', 'unit', 'end', 'encoding']);
  if (part !== 'unit') return { ...next, [part]: random()[part] };
  const at = Math.floor(Math.random() * (next.unit.length + 1));
  next.unit.splice(at, pick([0, 1]), ...(Math.random() < 0.7 ? [pick(TOKENS)] : []));
  return next.unit.length === 0 ? random() : next;
}

function bytesOf({ start, unit, end, encoding }) {
  const one = Buffer.from(unit.join(''), encoding);
  const count = Math.ceil((BODY_BYTES - start.length - end.length) / one.length);
  return Buffer.concat([Buffer.from(start), ...Array.from({ length: count }, () => one), Buffer.from(end)]);
}

/** Nanoseconds per byte: the fastest of some runs, because others were disturbed. */
async function costOf(raw, type, runs) {
  let best = Infinity;
  for (let n = 0; n < runs; n++) {
    const start = performance.now();
    await readStored({ raw, headers: { 'content-type': type } }).catch(() => undefined);
    best = Math.min(best, performance.now() - start);
  }
  return (best * 1e6) / raw.length;
}

const good = Buffer.from(documents['bundle of 300'].source);
await costOf(good, 'text/xml', 300);
const usual = await costOf(good, 'text/xml', 50);

const seconds = Number(process.argv[2] ?? 60);
const until = performance.now() + seconds * 1000;
// The slowest body of each type and start, so that the search does not stay with one kind.
const slowest = new Map();
let tries = 0;
const known = JSON.parse(readFileSync(new URL('../strangers/slow-bodies.json', import.meta.url), 'utf8'));
while (performance.now() < until) {
  const body = known.pop() ?? (Math.random() < 0.3 ? random() : changed(pick([...slowest.values()]).body));
  const raw = bytesOf(body);
  const niche = JSON.stringify([body.type, body.start]);
  const slowestRatio = slowest.get(niche)?.ratio ?? 0;
  tries++;
  if ((await costOf(raw, body.type, 2)) / usual <= slowestRatio) continue;
  const ratio = (await costOf(raw, body.type, 5)) / usual;
  if (ratio > slowestRatio) slowest.set(niche, { body, ratio });
}
console.log(`${tries} bodies of 64 KiB; a good bundle of 300 takes ${usual.toFixed(1)} ns per byte`);
for (const { body, ratio } of [...slowest.values()].sort((a, b) => b.ratio - a.ratio).slice(0, SHOWN)) {
  const size = gzipSync(bytesOf(body)).length;
  console.log(
    `${ratio.toFixed(1).padStart(6)} times  ${String(size).padStart(5)} bytes of gzip  ${JSON.stringify(body)}`,
  );
}
