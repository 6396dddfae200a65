// The fast lanes either give up or read what the slow lane reads.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseBundle } from '../../src/index.ts';
import type { PostbackResult } from '../../src/index.ts';
import { resolveOptions } from '../../src/options.ts';
import type { Settings } from '../../src/options.ts';
import type { OnNotification } from '../../src/read/assembler.ts';
import { lanes, readFast } from '../../src/read/fast-lanes.ts';
import { readNotification } from '../../src/read/interpret.ts';
import { readSlowly } from '../../src/read/read-document.ts';
import { carelessDocument, postbackDocument } from '../../src/testing/index.ts';
import { almostUsualJson, almostUsualXml } from './almost-usual.ts';
import { count } from '../helpers/count.ts';
import { bundle, jsonSms, mmsFields, single, smsFields } from '../helpers/documents.ts';
import { runs } from './runs.ts';

const folder = join(import.meta.dirname, '../../fixtures');
const names = readdirSync(folder).filter((name) => /\.(?:xml|wire\.json)$/.test(name));
const isUsual = (name: string): boolean => /^g[1-4].*\.xml$|^g5-(?:sms|mms|list)\.wire\.json$/.test(name);
const textsOf = (files: string[]): string[] =>
  files.map((name) => readFileSync(join(folder, name), 'utf8')).filter((text) => text.length < 20_000);
const usual = fc.constantFrom(...textsOf(names.filter(isUsual)));
const fixture = fc.oneof(fc.constantFrom(...textsOf(names)), usual);

type Read = (source: string | Uint8Array, settings: Settings, onNotification: OnNotification) => unknown;

/** What a lane reads, as text: also the order of names, and `undefined`, can be compared. */
function told(read: Read, source: string | Uint8Array, settings: Settings): string | undefined {
  const results = read(source, settings, (notification, fail) => readNotification(notification, fail, settings));
  return results === undefined ? undefined : written(results as readonly PostbackResult[]);
}

function written(results: readonly PostbackResult[]): string {
  return JSON.stringify(results, (name, value: unknown) =>
    value === undefined
      ? 'undefined'
      : name === 'attributes'
        ? [Object.isFrozen(value), ...Object.entries(value as object)]
        : value,
  );
}

/** How many documents the fast lanes have read. */
let fastCount = 0;

function compare(source: string | Uint8Array, settings: Settings): void {
  const fast = told(readFast, source, settings);
  if (fast === undefined) return;
  fastCount++;
  assert.equal(fast, told(readSlowly, source, settings));
}

interface Change {
  readonly at: number;
  readonly isBehindTag: boolean;
  readonly remove: number;
  readonly insert: string;
}

function changed(text: string, all: readonly Change[]): string {
  let result = text;
  for (const { at, isBehindTag, remove, insert } of all) {
    let from = at % (result.length + 1);
    if (isBehindTag) from = Math.max(0, result.slice(from).search(/[>,[{]/) + 1 + from);
    result = result.slice(0, from) + insert + result.slice(from + remove);
  }
  return result;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(20_000),
  // Most places in which something has a meaning are behind a tag.
  isBehindTag: fc.boolean(),
  remove: fc.oneof(fc.constant(0), fc.constant(0), fc.nat(40)),
  insert: fc.oneof(
    fc.string({ maxLength: 3, unit: 'binary' }),
    fc.constantFrom('', '<', '>', '/', '"', '&', ';', ' ', '\r', '=', ']', '}', ','),
  ),
});

const changes: fc.Arbitrary<Change[]> = fc.oneof(
  fc.constant<Change[]>([]),
  fc.array(change, { maxLength: 1 }),
  fc.array(change, { maxLength: 3 }),
);

/** Options. Limits of length are added to the length of the document. */
const givenOptions = fc.oneof(
  fc.constant({}),
  fc.constant({}),
  fc.record(
    {
      maxBytes: fc.integer({ min: -1, max: 1 }),
      maxNotificationLength: fc.integer({ min: -1, max: 1 }),
      maxDepth: fc.integer({ min: 3, max: 6 }),
      maxNotifications: fc.integer({ min: 1, max: 3 }),
      maxFields: fc.integer({ min: 5, max: 12 }),
      maxFiles: fc.integer({ min: 1, max: 4 }),
      maxElements: fc.integer({ min: 6, max: 16 }),
      recover: fc.boolean(),
      fallbackTime: fc.constant(new Date(0)),
      defaultOffset: fc.constant('-05:00'),
      encoding: fc.constantFrom('utf-8', 'iso-8859-1', 'utf-16', 'unknown'),
    },
    { requiredKeys: [] },
  ),
);

function settingsFor(
  { maxElements = Infinity, maxBytes, maxNotificationLength, ...options }: Partial<Settings>,
  source: string | Uint8Array,
  text: string,
): Settings {
  const resolved = resolveOptions(options);
  return {
    ...resolved,
    maxElements,
    maxBytes: maxBytes === undefined ? resolved.maxBytes : source.length + maxBytes,
    maxNotificationLength:
      maxNotificationLength === undefined ? resolved.maxNotificationLength : text.length + maxNotificationLength,
  };
}

const asBytes = new TextEncoder();

type Form = 'string' | 'UTF-8' | 'ISO-8859-1';

const form = fc.constantFrom<Form>('string', 'string', 'UTF-8', 'ISO-8859-1');

function inForm(text: string, how: Form): string | Uint8Array {
  if (how === 'string') return text;
  return how === 'UTF-8' ? asBytes.encode(text) : new Uint8Array(Buffer.from(text, 'latin1'));
}

// For all laws together.
const DOCUMENTS = count('LANE_DOCUMENTS', 40_000);
// fast-check keeps memory for each run until the end.
const RUNS_AT_ONCE = 1000;

/**
 * `share`: how many of the documents a fast lane must read, so that something is compared. `part`: how many of all
 * documents are for this law.
 */
function law(name: string, texts: fc.Arbitrary<string>, share: number, part: number): void {
  it(`the fast lanes give up or read what the slow lane reads: ${name}`, { timeout: 3_600_000 }, () => {
    const count = Math.max(RUNS_AT_ONCE, DOCUMENTS * part);
    fastCount = 0;
    for (let done = 0; done < count; done += RUNS_AT_ONCE) {
      fc.assert(
        fc.property(texts, changes, givenOptions, form, (text, changesOfText, options, how) => {
          const document = changed(text, changesOfText);
          const source = inForm(document, how);
          compare(source, settingsFor(options, source, document));
        }),
        { numRuns: RUNS_AT_ONCE },
      );
    }
    expect(fastCount / count).toBeGreaterThanOrEqual(share);
  });
}

law('documents that are almost usual, XML', almostUsualXml, 0.1, 0.5);
law('documents that are almost usual, JSON', almostUsualJson, 0.1, 0.25);
law(
  'generated documents',
  postbackDocument().map(({ text }) => text),
  0.05,
  0.02,
);
law(
  'careless documents',
  carelessDocument().map(({ text }) => text),
  // One in 300 is usual.
  0,
  0.03,
);
law('fixtures', fixture, 0.1, 0.1);
// Elements and members of one line each.
const FIELD = /^ *(?:<[^/].*\/[\w-]*>|".*",?)$/gm;
const fieldsOf = (text: string): string[] => text.match(FIELD) ?? [''];

law(
  'two fixtures, with fields of one in the other',
  fc
    .tuple(usual, fixture, fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { maxLength: 3 }))
    .map(([first, second, places]) => {
      const fields = fieldsOf(second);
      let n = 0;
      return first.replace(FIELD, (field) => {
        const place = places.find(([to]) => to === n);
        n++;
        return place === undefined ? field : `${field}\n${String(fields[place[1] % fields.length])}`;
      });
    }),
  0.1,
  0.1,
);

it('a comment behind the start tag of the root element, which needs the slow lane, changes no message', () => {
  fc.assert(
    fc.property(postbackDocument(), changes, givenOptions, ({ text }, changesOfText, options) => {
      const document = changed(text, changesOfText);
      const rest = { ...settingsFor(options, document, document), maxBytes: Infinity, maxNotificationLength: Infinity };
      const fast = told(readFast, document, rest);
      if (fast === undefined || !document.trimStart().startsWith('<')) return;
      const commented = document.replace(/<\w+>/, '$&<!-- -->');
      expect(told(readFast, commented, rest)).toBeUndefined();
      expect(told(readSlowly, commented, rest)).toBe(fast);
    }),
    runs,
  );
});

it('each usual document uses a fast lane', () => {
  const slow = names.filter(isUsual).filter((name) => {
    const before = lanes.fast;
    parseBundle(readFileSync(join(folder, name)));
    return lanes.fast === before;
  });
  // A notification with an error is not usual.
  expect(slow).toEqual(['g1-one-bad-among-good.xml']);
});

const json = (members: string): string => jsonSms('hi').replace('{', `{${members},`);

it.each([
  ...['&lt;&gt;&amp;&quot;&apos;', '&#65;', '&#128512;', '&#x41;', '&#x1F600;', '&#x00041;'].map((text) =>
    single(smsFields(text)),
  ),
  single(`${smsFields('hi')}<X a="1" b="2">1</X><FILE>a</FILE>`),
  `<?xml version='1.0' encoding="utf-8" standalone='yes' ?>${single(smsFields('hi'))}`,
  json('"x":null,"y":"\\n"'),
  `[${jsonSms('a')},${json('"x":"1"')}]`,
])('reads a document like the slow lane: %s', (text) => {
  const limits = {
    ...resolveOptions({}),
    maxNotifications: text.startsWith('[') ? 2 : 1,
    maxDepth: 5,
    maxBytes: text.length,
  };
  expect(told(readFast, text, limits)).toBe(told(readSlowly, text, limits));
});

it.each([
  ...['&;', '&#;', '&#x;', '&#65b;', '&x#65;', '&#xG;', 'AT&T', '&#0;', '&#x110000;', ';&'].map((text) =>
    single(smsFields(text)),
  ),
  bundle(smsFields('hi')).replace('id="1"', 'a="1" a="2"'),
  single(`${smsFields('hi')}<X a="1">abc`),
  single(`${smsFields('hi')}<X a="1">abc<`),
  ...['NOTIFICATION', 'POSTBACK', 'BODY'].map((name) =>
    single(`<BODY>${smsFields('hi')}</BODY><${name}><A>1</A></${name}>`),
  ),
  single(`${mmsFields('M1')}<COPY-TO><CONTENT><FILE>a</FILE></CONTENT></COPY-TO>`),
  single(`${smsFields('hi')}${'<FILE>a</FILE>'.repeat(4)}`),
  single(mmsFields('M1').replace('<CONTENT>', '<CONTENT><X>1</X><X>2</X><X>3</X>')),
  json('"x":"1","x":"2"'),
  json('"content":[{"file":["a"]}]'),
  json('"content":[{"x":"1","x":"2"}]'),
  json('"x":nul'),
])('reads a document like the slow lane, or gives up: %s', (text) => {
  for (const options of [{}, { maxFields: 7, maxFiles: 2 }]) {
    const fast = told(readFast, text, resolveOptions(options));
    let slow: string | undefined;
    try {
      slow = told(readSlowly, text, resolveOptions(options));
    } catch {
      slow = undefined;
    }
    expect([undefined, slow]).toContain(fast);
  }
});

it('gives up at BODY in a list, and at more attributes than are usual', () => {
  const given = resolveOptions({});
  const read = (inside: string, attributes: string): string | undefined =>
    told(
      readFast,
      `<POSTBACK><NOTIFICATION${attributes}><ORIGIN>SUB</ORIGIN><X>${inside}</X></NOTIFICATION></POSTBACK>`,
      given,
    );
  expect(read('', '')).toBeDefined();
  const many = (count: number): string => Array.from({ length: count }, (_, n) => ` a${String(n)}="1"`).join('');
  expect([read('', many(8)) === undefined, read('', many(9)) === undefined]).toEqual([false, true]);
  expect(read('</X><CONTENT><FILE>f</FILE></CONTENT><X>', '')).toBeUndefined();
  expect(read('</X><CONTENT><BODY>\n<A>1</A></BODY></CONTENT><X>', '')).toBeUndefined();
});

it('gives up at more elements, with the attributes of unknown ones, than the document may have', () => {
  const document = '<POSTBACK><ORIGIN>SUB</ORIGIN><X a="1" b="2"/><CODE c="3">1</CODE></POSTBACK>';
  const read = (maxElements: number): string | undefined =>
    told(readFast, document, { ...resolveOptions({}), maxElements });
  // Three elements, and two attributes of the unknown one.
  expect([read(4) === undefined, read(5) === undefined]).toEqual([true, false]);
});

it('does not take a name for a word that it only starts with', () => {
  const fields = '<ORIGIN>SUB</ORIGIN><FROMX>1</FROMX><TO.>2</TO.><TEXT-X/>';
  const documents = [
    `<POSTBACK>${fields}</POSTBACK>`,
    `<POSTBACK><!-- -->${fields}</POSTBACK>`,
    '{"origin":"SUB","fromx":"1","to.":"2","text-x":""}',
  ];
  const names = documents.map((document) =>
    parseBundle(document).flatMap(({ data }) => (data?.kind === 'other' ? data.fields.map(({ name }) => name) : [])),
  );
  const xml = ['FROMX', 'TO.', 'TEXT-X'];
  const json = ['fromx', 'to.', 'text-x'];
  expect(names).toEqual([xml, xml, json]);
});

it('passes on what is thrown for another reason', () => {
  const thrown = new Error('of the engine');
  const onNotification = (): never => {
    throw thrown;
  };
  expect(() => readFast('<POSTBACK><ORIGIN>SUB</ORIGIN></POSTBACK>', resolveOptions({}), onNotification)).toThrow(
    thrown,
  );
});
