// Messages that a generation can carry, and the many ways to write them as XML and as JSON.

import fc from 'fast-check';
import type { MmsMo, SmsMo } from '../../src/index.ts';

/** How often a law is tried: 1 000 times in `npm test`, as often as FUZZ_RUNS says in a longer run. */
export const runs: { readonly numRuns: number } = { numRuns: Number(process.env['FUZZ_RUNS'] ?? 1000) };

// https://www.w3.org/TR/xml/#charsets
const isXmlCharacter = (character: string): boolean =>
  /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]$/u.test(character);

const xmlCharacter = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...`<>&'"];#x -=?!/:\t\n\ramp`.split(''), ']]>', '&amp;', '<!--', '007', 'é', '€', '😀', '\uFFFD', '\uFEFF') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter(isXmlCharacter) },
);

/** Any text that XML can carry. */
export const xmlText: fc.Arbitrary<string> = fc.string({ unit: xmlCharacter, maxLength: 40 });

const trimmedText = xmlText.map((text) => text.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, ''));
const word = trimmedText.filter((text) => text !== '');

interface Time {
  readonly raw: string;
  readonly instant: Date;
}

const pad = (value: number, length = 2): string => String(value).padStart(length, '0');

/** A time in any form that is sent. */
const time: fc.Arbitrary<Time> = fc
  .record({
    instant: fc.date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }),
    ahead: fc.oneof(fc.constant(0), fc.integer({ min: -14, max: 14 }).map((hours) => hours * 60), fc.integer({ min: -1439, max: 1439 })),
    separator: fc.constantFrom('T', ' '),
    fraction: fc.constantFrom('none', '3', '6'),
    offset: fc.constantFrom('Z', 'hours', 'colon', 'digits'),
  })
  .map(({ instant, ahead, separator, fraction, offset }) => {
    const exact = fraction === 'none' ? new Date(Math.floor(instant.getTime() / 1000) * 1000) : instant;
    const minutes = offset === 'Z' ? 0 : offset === 'hours' ? Math.trunc(ahead / 60) * 60 : ahead;
    const local = new Date(exact.getTime() + minutes * 60_000);
    const digits = fraction === 'none' ? '' : `.${pad(exact.getUTCMilliseconds(), 3)}${fraction === '6' ? '987' : ''}`;
    const [hours, rest] = [pad(Math.trunc(Math.abs(minutes) / 60)), pad(Math.abs(minutes) % 60)];
    const sign = minutes < 0 ? '-' : '+';
    const zone = { Z: 'Z', hours: `${sign}${hours}`, colon: `${sign}${hours}:${rest}`, digits: `${sign}${hours}${rest}` }[offset];
    const date = `${pad(local.getUTCFullYear(), 4)}-${pad(local.getUTCMonth() + 1)}-${pad(local.getUTCDate())}`;
    const clock = `${pad(local.getUTCHours())}:${pad(local.getUTCMinutes())}:${pad(local.getUTCSeconds())}`;
    return { instant: exact, raw: `${date}${separator}${clock}${digits}${zone}` };
  });

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

const base = { code: trimmedText, from: word, to: word, time, keyword: maybe(word), id: maybe(word), created: maybe(time) };

function common({ code, from, to, time: { raw, instant }, keyword, id, created }: CommonDraft, isBundle: boolean) {
  const envelope = {
    ...(id === undefined ? {} : { id }),
    ...(created === undefined ? {} : { createdAt: created.instant, createdAtRaw: created.raw }),
  };
  return {
    code,
    from,
    to,
    receivedAt: instant,
    receivedAtRaw: raw,
    ...(keyword === undefined ? {} : { keyword }),
    ...(isBundle && Object.keys(envelope).length > 0 ? { envelope } : {}),
    extra: [],
  };
}

interface CommonDraft {
  readonly code: string;
  readonly from: string;
  readonly to: string;
  readonly time: Time;
  readonly keyword: string | undefined;
  readonly id: string | undefined;
  readonly created: Time | undefined;
}

/** An SMS, in a bundle or not. */
export const sms = (isBundle: boolean): fc.Arbitrary<SmsMo> =>
  fc.record({ ...base, text: xmlText, transactionId: maybe(word) }).map(({ text, transactionId, ...draft }) => ({
    kind: 'sms',
    origin: 'SMS_MO',
    ...common(draft, isBundle),
    text,
    ...(transactionId === undefined ? {} : { transactionId }),
  }));

/** An MMS, in a bundle or not. */
export const mms = (isBundle: boolean): fc.Arbitrary<MmsMo> =>
  fc
    .record({
      ...base,
      trackingId: trimmedText,
      files: fc.array(word, { maxLength: 4 }),
      copyTo: fc.array(word, { maxLength: 3 }),
      subject: maybe(xmlText.filter((text) => text !== '')),
      spid: maybe(word),
      operatorId: maybe(word),
    })
    .map(({ trackingId, files, copyTo, subject, spid, operatorId, ...draft }) => ({
      kind: 'mms',
      origin: 'MMS_MO',
      ...common(draft, isBundle),
      trackingId,
      files,
      ...(copyTo.length === 0 ? {} : { copyTo }),
      ...(subject === undefined ? {} : { subject }),
      ...(spid === undefined ? {} : { spid }),
      ...(operatorId === undefined ? {} : { operatorId }),
    }));

/** Choices that a writer draws on, over and over. */
export type Choices = readonly [number, ...number[]];

export const choices: fc.Arbitrary<Choices> = fc
  .array(fc.nat(1000), { minLength: 1, maxLength: 30 })
  .map(([first = 0, ...others]) => [first, ...others]);

/** Writes messages as XML, each detail as the choices say. */
export function writeXml(messages: readonly (SmsMo | MmsMo)[], style: Choices, isBundle: boolean): string {
  let drawn = 0;
  const draw = (count: number): number => (style[drawn++ % style.length] ?? 0) % count;
  const blank = (): string => ['', '\n  ', '\r\n\t', ' ', '<!-- <FROM>&no; -->', '<?skip <FROM>?>'][draw(6)] ?? '';
  const reference = (character: string): string => {
    const code = character.codePointAt(0) ?? 0;
    return [`&#${String(code)};`, `&#x${code.toString(16)};`, `&#x000${code.toString(16).toUpperCase()};`][draw(3)] ?? '';
  };
  const entity: Partial<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;', "'": '&apos;' };

  const text = (value: string): string => {
    let xml = '';
    for (const character of value) {
      const way = draw(10);
      // A carriage return as such would be a line end, and that is a line feed.
      if (character === '\r' || way === 0) xml += reference(character);
      else if (way === 1) xml += `<![CDATA[${character}]]>`;
      else if (way === 2) xml += `${entity[character] ?? character}<!-- & -->`;
      else if (way === 3) xml += `<?pi & ?>${entity[character] ?? character}`;
      else if (way === 4 && !'<>&'.includes(character)) xml += character === '\n' ? '\r\n' : character;
      else xml += entity[character] ?? character;
    }
    return xml;
  };
  const attribute = (value: string): string => {
    const quote = draw(2) === 0 ? '"' : "'";
    let xml = '';
    for (const character of value) xml += '\t\n\r'.includes(character) || draw(5) === 0 ? reference(character) : (entity[character] ?? character);
    return quote + xml + quote;
  };
  const named = (...names: [string, ...string[]]): string => {
    const name = names[draw(names.length)] ?? names[0];
    return [name.toUpperCase(), name.toLowerCase(), name.toUpperCase().replace(/-/g, '_')][draw(3)] ?? name;
  };
  const element = (name: string, content: string): string => `<${name}${['', ' ', '\r\n'][draw(3)] ?? ''}>${content}</${name}${['', '\n'][draw(2)] ?? ''}>`;
  const field = (names: [string, ...string[]], value: string | undefined): string[] =>
    value === undefined ? [] : [element(named(...names), text(value))];
  const list = (names: [string, ...string[]], item: string, values: readonly string[] | undefined): string[] =>
    values === undefined ? [] : [element(named(...names), values.map((value) => blank() + element(named(item), text(value))).join('') + blank())];

  const notification = (message: SmsMo | MmsMo): string => {
    const fields = [
      ...field(['ORIGIN'], message.origin),
      ...field(['CODE'], message.code),
      ...field(['FROM'], message.from),
      ...field(['TO'], message.to),
      ...field(['RECEIVED', 'TIMESTAMP'], message.receivedAtRaw),
      ...field(['KEYWORD'], message.keyword),
      ...(message.kind === 'sms'
        ? [
            ...field(['TEXT', 'MESSAGE-TEXT'], message.text),
            ...field(['TRANSACTIONID', 'TRACKING-ID'], message.transactionId),
          ]
        : [
            ...field(['TRACKINGID', 'TRACKING-ID'], message.trackingId),
            ...field(['SUBJECT', 'MESSAGE-SUBJECT'], message.subject),
            ...field(['SPID'], message.spid),
            ...field(['OPERATOR-ID'], message.operatorId),
            ...list(['CONTENT'], 'FILE', message.files),
            ...list(['COPY-TO'], 'number', message.copyTo),
          ]),
    ];
    const turn = draw(fields.length);
    const ordered = [...fields.slice(turn), ...fields.slice(0, turn)].map((xml) => blank() + xml).join('') + blank();
    const content = draw(3) === 0 ? blank() + element(named('BODY'), ordered) + blank() : ordered;
    if (!isBundle) return content;
    const name = named('NOTIFICATION');
    const { id, createdAtRaw } = message.envelope ?? {};
    const attributes = [
      ...(id === undefined ? [] : [`${named('id')}=${attribute(id)}`]),
      ...(createdAtRaw === undefined ? [] : [`${named('created')} = ${attribute(createdAtRaw)}`]),
    ];
    return `${blank()}<${[name, ...attributes].join(' ')}>${content}</${name}>${blank()}`;
  };

  const declaration = ['', '<?xml version="1.0"?>', "<?xml version='1.0' encoding='UTF-8'?>\n"][draw(3)] ?? '';
  return `${declaration}${element(named('POSTBACK'), messages.map(notification).join(''))}\n`;
}

/** Writes messages as JSON, each detail as the choices say. */
export function writeJson(messages: readonly (SmsMo | MmsMo)[], style: Choices, isList: boolean): string {
  let drawn = 0;
  const draw = (count: number): number => (style[drawn++ % style.length] ?? 0) % count;
  const blank = (): string => ['', '\n  ', '\r\n\t', ' '][draw(4)] ?? '';
  const short: Partial<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '/': '\\/', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  const string = (value: string): string => {
    let json = '';
    for (const character of value) {
      const escaped = character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
      const way = draw(4);
      if (way === 0) json += escaped;
      else if (way === 1) json += short[character] ?? (character < ' ' ? escaped : character);
      else json += character < ' ' || character === '"' || character === '\\' ? (short[character] ?? escaped) : character;
    }
    return `"${json}"`;
  };
  const value = (text: string): string => (/^(?:0|-?[1-9]\d{0,14})$/.test(text) && draw(2) === 0 ? text : string(text));
  const name = (...names: [string, ...string[]]): string => {
    const chosen = names[draw(names.length)] ?? names[0];
    return string([chosen, chosen.toUpperCase(), chosen.replace(/-/g, '_'), chosen.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())][draw(4)] ?? chosen);
  };
  const member = (named: string, written: string): string => `${named}${blank()}:${blank()}${written}`;
  const joined = (parts: readonly string[], [open, close]: readonly [string, string]): string =>
    `${open}${parts.map((part) => blank() + part + blank()).join(',')}${blank()}${close}`;
  const field = (names: [string, ...string[]], text: string | undefined): string[] => (text === undefined ? [] : [member(name(...names), value(text))]);
  const list = (named: string, item: string, texts: readonly string[]): string[] =>
    texts.length === 0 && draw(2) === 0
      ? []
      : [member(name(named), joined(texts.map((text) => joined([member(name(item), value(text))], ['{', '}'])), ['[', ']']))];

  const notification = (message: SmsMo | MmsMo): string => {
    const members = [
      ...field(['origin'], message.origin),
      ...field(['code'], message.code),
      ...field(['from'], message.from),
      ...field(['to'], message.to),
      ...field(['timestamp', 'received'], message.receivedAtRaw),
      ...field(['keyword'], message.keyword),
      ...(message.kind === 'sms'
        ? [...field(['message-text', 'text'], message.text), ...field(['tracking-id', 'transaction-id'], message.transactionId)]
        : [
            ...field(['tracking-id'], message.trackingId),
            ...field(['message-subject', 'subject'], message.subject),
            ...field(['spid'], message.spid),
            ...field(['operator-id'], message.operatorId),
            ...list('content', 'file', message.files),
            ...list('copy-to', 'number', message.copyTo ?? []),
          ]),
    ];
    const turn = draw(members.length);
    return joined([...members.slice(turn), ...members.slice(0, turn)], ['{', '}']);
  };
  const written = messages.map(notification);
  return blank() + (isList ? joined(written, ['[', ']']) : written.join('')) + blank();
}

/** A document and the messages that it holds. */
export const document: fc.Arbitrary<{ text: string; messages: (SmsMo | MmsMo)[] }> = fc.tuple(fc.boolean(), fc.boolean()).chain(([isJson, isBundle]) =>
  fc
    .tuple(fc.array(fc.oneof(sms(isBundle && !isJson), mms(isBundle && !isJson)), { minLength: 1, maxLength: isBundle ? 4 : 1 }), choices)
    .map(([messages, style]) => ({ messages, text: isJson ? writeJson(messages, style, isBundle) : writeXml(messages, style, isBundle) })),
);

const BREAKERS = [
  '<', '>', '&', '&amp', ';', '&nbsp;', '&#0;', '&#xD800;', '&#x1F600;', '<!', '<!-', '<!--', '-->', '--', '<![CDATA[', ']]>', ']]', '<!DOCTYPE', '<!doctype x>',
  '<?', '?>', '<?x?y?>', '<?xml version="1.0"?>', '</', '/>', '<a>', '</a>', '<FROM>', '</FROM>', '<POSTBACK>', '</POSTBACK>',
  '<NOTIFICATION id="1">', '</NOTIFICATION>', '<BODY>', '"', "'", '=', 'a="1"', 'a="1" a="1"', ' ', '\r', '\n', '\t', '\0', '\x01', '\uFFFE', '\uD800', '\uDC00',
  '<a:b>', '</a:b>', '<a:b:c/>', '<:/>', ' xmlns:a=""', ' xmlns:xml="x"', ' xmlns="x" ', ' a:b="1"', ':', '1.1', '1.', '2', 'UTF-16', 'latin1',
  '{', '}', '[', ']', ',', '{}', '[]', '"a":', '"from":1', 'null', '1.5', '1e3', '\\', '\\u', '\\ud83d', '\\u0000', '\\"', '[[[[[[[[',
  '😀', '\uFEFF', '__proto__', '<__proto__ __proto__="1">', '<constructor>',
];

/** A document with pieces of it left out, doubled, and others put in. */
export const brokenDocument: fc.Arbitrary<string> = fc
  .tuple(
    document,
    fc.array(
      fc.record({ at: fc.nat(4000), remove: fc.oneof(fc.constant(0), fc.nat(30)), insert: fc.oneof(fc.constantFrom(...BREAKERS), xmlText) }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([{ text }, changes]) => {
    let broken = text;
    for (const { at, remove, insert } of changes) {
      const from = at % (broken.length + 1);
      broken = broken.slice(0, from) + insert + broken.slice(from + remove);
    }
    return broken;
  });

/** Cuts a sequence at places given as shares of its length in thousandths. */
export function cut<T extends { length: number; slice(from: number, to?: number): T }>(whole: T, places: readonly number[]): T[] {
  const at = [...places].map((place) => Math.floor((place * whole.length) / 1000)).sort((a, b) => a - b);
  return [0, ...at].map((from, n) => whole.slice(from, at[n] ?? whole.length));
}

export const places: fc.Arbitrary<number[]> = fc.array(fc.nat(1000), { maxLength: 12 });
