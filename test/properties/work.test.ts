// How much work it is to read a document.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from './runs.ts';
import { told } from './told.ts';

describe('the work of reading', () => {
  // Counted instead of timed: how many UTF-16 units searches look at, and how many saxes gets.
  let work = 0;
  const undo: (() => void)[] = [];
  const count = <T extends object>(
    owner: T,
    name: string & keyof T,
    cost: (self: unknown, args: unknown[], result: unknown) => number,
  ): void => {
    const original: unknown = owner[name];
    if (typeof original !== 'function') throw new Error('no method');
    Object.defineProperty(owner, name, {
      configurable: true,
      writable: true,
      value(this: unknown, ...args: unknown[]): unknown {
        const before = this instanceof RegExp ? this.lastIndex : 0;
        const result: unknown = Reflect.apply(original, this, args);
        work += Math.max(1, cost(this, [...args, before], result));
        return result;
      },
    });
    undo.push(() => Object.defineProperty(owner, name, { configurable: true, writable: true, value: original }));
  };
  afterAll(() => {
    for (const restore of undo) restore();
  });

  const size = (value: unknown): number => (typeof value === 'string' ? value.length : 0);
  const found = (length: number, from: unknown, result: unknown): number =>
    typeof result === 'number' && result >= 0 ? result - Number(from ?? 0) : length - Number(from ?? 0);
  beforeAll(() => {
    count(String.prototype, 'indexOf', (self, [, from], result) => found(size(self), from, result));
    count(String.prototype, 'lastIndexOf', (self, _, result) => size(self) - Math.max(0, Number(result)));
    count(String.prototype, 'search', (self, _, result) => found(size(self), 0, result));
    count(String.prototype, 'isWellFormed', size);
    count(String.prototype, 'charCodeAt', () => 1);
    count(RegExp.prototype, 'exec', (self, [text, before], result) => {
      if (Array.isArray(result) && 'index' in result) return Number(result.index) + size(result[0]) - Number(before);
      // A sticky or anchored pattern stops at the first character that cannot be part of a reference or a name.
      const isAtStart = self instanceof RegExp && (self.sticky || self.source.startsWith('^'));
      if (isAtStart && typeof text === 'string') {
        let at = Number(before) + 1;
        while (at < text.length && !'&; <>/"]?-'.includes(text.at(at) ?? '')) at++;
        return at - Number(before);
      }
      return size(text) - Number(before);
    });
  });
  const cost = (chunks: readonly string[], recover: boolean): number => {
    work = 0;
    told(chunks, { recover, maxDepth: Infinity, maxFields: Infinity });
    return work;
  };

  it('grows linearly with the document, for any repeated content and chunks of any size', () => {
    const repeated = fc.oneof(
      fc.constantFrom(
        '&',
        '&a',
        '&#0;',
        '&#',
        '&amp;',
        '&nbsp;',
        'a',
        ' ',
        '\x01',
        'é\x01',
        '\uD800',
        '<',
        '<!',
        '<!-',
        '-',
        ']',
        ']]>',
        '?',
        '"',
        '<a>',
        '<a/>',
        '\n',
        '<a b="',
        '<![CDATA[',
        '<!--',
        '<3 ',
        '</b>',
        '</TEXT ',
        '</TEXT!',
        '</TEXT',
        '&#xD83D;&',
        '<b>',
        '&#xD83D;',
        '&#55357;&#56832;',
        '&eacute;',
      ),
      fc.string({ minLength: 1, maxLength: 4 }),
    );
    const starts = fc.constantFrom(
      '',
      '<POSTBACK><TEXT>',
      '<POSTBACK><TEXT>é',
      '<POSTBACK><!--',
      '<POSTBACK><TEXT><![CDATA[',
      '<POSTBACK a="',
      '<?x ',
      '<POSTBACK><TEXT>&',
      '<POSTBACK><TEXT>&#xD83D;&',
      '<POSTBACK><TEXT><3 <!-- ',
    );
    fc.assert(
      fc.property(
        starts,
        repeated,
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        (start, unit, recover, chunkLength) => {
          const xml = start + unit.repeat(Math.ceil(2000 / unit.length));
          const chunks = xml.match(new RegExp(`[^]{1,${String(chunkLength)}}`, 'g')) ?? [];
          // Twice the document, twice the work. A search that always starts from the beginning would need four times.
          const twice = xml + xml.slice(start.length);
          const twiceChunks = twice.match(new RegExp(`[^]{1,${String(chunkLength)}}`, 'g')) ?? [];
          expect(cost([twice], recover)).toBeLessThan(2.5 * cost([xml], recover) + 2000);
          expect(cost(twiceChunks, recover)).toBeLessThan(2.5 * cost(chunks, recover) + 2000);
        },
      ),
      runs,
    );
  });

  const MIB = 1024 * 1024;
  const sms = (text: string, to = '<TO>86717</TO>'): string =>
    `<NOTIFICATION><ORIGIN>SMS_MO</ORIGIN><CODE>1</CODE><FROM>1</FROM>${to}<TEXT>${text}</TEXT>` +
    '<RECEIVED>2014-02-03T11:19:49-05:00</RECEIVED></NOTIFICATION>';
  const json = (text: string, to = '"to":"1",'): string =>
    `{"origin":"SMS_MO","code":"1","from":"1",${to}"message-text":"${text}","received":"2014-02-03T11:19:49-05:00"}`;
  const bundle = (...notifications: readonly string[]): string => `<POSTBACK>${notifications.join('')}</POSTBACK>`;

  it.each<[about: string, document: string]>([
    ...[
      '&',
      '<',
      '<b>',
      '</b>',
      '<!--',
      '<![CDATA[',
      '<?x',
      ']]>',
      '&eacute;',
      '&#55357;&#56832;',
      '&#0;',
      '\x01',
      '\uD800',
    ].map((unit): [string, string] => [
      `one text with 10 000 times ${JSON.stringify(unit)}`,
      bundle(sms((unit + 'a'.repeat(MIB / 10_000 - unit.length)).repeat(10_000))),
    ]),
    [
      '1 000 notifications, each with an unclosed comment',
      bundle(...Array<string>(1000).fill(sms(`<!-- ${'a'.repeat(800)}`))),
    ],
    [
      '1 000 notifications, each with an unclosed comment and an error',
      bundle(...Array<string>(1000).fill(sms(`<!-- ${'a'.repeat(800)}`, ''))),
    ],
    [
      '1 000 notifications, each with a repair and an error',
      bundle(...Array<string>(1000).fill(sms(`& <3 ${'a'.repeat(800)}`, ''))),
    ],
    [
      '1 000 notifications in JSON, each with a repair and an error',
      `[${Array<string>(1000)
        .fill(json(`\\u0000 ${'a'.repeat(800)}`, ''))
        .join(',')}]`,
    ],
  ])('is at most proportional to the length of the document: %s', (_, document) => {
    for (const chunks of [[document], document.match(/[^]{1,4096}/g) ?? []]) {
      expect(cost(chunks, true) / document.length).toBeLessThan(60);
    }
  });
});
