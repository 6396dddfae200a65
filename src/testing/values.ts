// Arbitraries of single values: texts, telephone numbers, times.

import type { Arbitrary } from 'fast-check';
import { trimXml } from '../protocol/xml-whitespace.ts';
import { fastCheck } from './fast-check.ts';

/** A value, or `undefined`. */
export function maybe<T>(arbitrary: Arbitrary<T>): Arbitrary<T | undefined> {
  return fastCheck().option(arbitrary, { nil: undefined });
}

/** Country code and number, only digits. */
export function phoneNumber(): Arbitrary<string> {
  return fastCheck().stringMatching(/^[1-9]\d{6,14}$/);
}

/** Any text that XML can represent. */
export function xmlText(): Arbitrary<string> {
  const fc = fastCheck();
  const awkward = [
    ...'<>&\'"];#x -=?!/:\t\n\ramp'.split(''),
    ']]>',
    '&amp;',
    '<!--',
    '007',
    'é',
    '€',
    '😀',
    '\uFFFD',
    '\uFEFF',
  ];
  const character = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...awkward) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter(isXmlCharacter) },
  );
  return fc.string({ unit: character, maxLength: 40 });
}

// https://www.w3.org/TR/xml/#charsets
function isXmlCharacter(character: string): boolean {
  return /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]$/u.test(character);
}

/** Text without white space at its ends. May be empty. */
export function trimmedXmlText(): Arbitrary<string> {
  return xmlText().map(trimXml);
}

/** Text that is not empty, without white space at its ends. */
export function nonEmptyText(): Arbitrary<string> {
  return trimmedXmlText().filter((text) => text !== '');
}

export interface Time {
  /** As on the wire. */
  readonly raw: string;
  readonly instant: Date;
}

/** A time in any form that providers use. */
export function time(): Arbitrary<Time> {
  const fc = fastCheck();
  return fc
    .record({
      instant: fc.date({
        min: new Date('0001-01-02T00:00:00Z'),
        max: new Date('9999-12-30T00:00:00Z'),
        noInvalidDate: true,
      }),
      offsetMinutes: fc.oneof(
        fc.constant(0),
        fc.integer({ min: -14, max: 14 }).map((hours) => hours * 60),
        fc.integer({ min: -1439, max: 1439 }),
      ),
      separator: fc.constantFrom('T', ' '),
      fraction: fc.constantFrom('none', '3', '6'),
      offset: fc.constantFrom('Z', 'hours', 'colon', 'digits'),
    })
    .map(writeTime);
}

interface TimeForm {
  readonly instant: Date;
  readonly offsetMinutes: number;
  readonly separator: 'T' | ' ';
  /** How many fraction digits. */
  readonly fraction: 'none' | '3' | '6';
  /** `Z`, or `-05`, `-05:00` or `-0500`. */
  readonly offset: 'Z' | 'hours' | 'colon' | 'digits';
}

/** Writes a time. The parts of `instant` and `offsetMinutes` that the form cannot express are cut off. */
function writeTime({ instant, offsetMinutes, separator, fraction, offset }: TimeForm): Time {
  const exact = fraction === 'none' ? new Date(Math.floor(instant.getTime() / 1000) * 1000) : instant;
  const minutes = offset === 'Z' ? 0 : offset === 'hours' ? Math.trunc(offsetMinutes / 60) * 60 : offsetMinutes;
  const local = new Date(exact.getTime() + minutes * 60_000);
  const date = `${pad(local.getUTCFullYear(), 4)}-${pad(local.getUTCMonth() + 1)}-${pad(local.getUTCDate())}`;
  const clock = `${pad(local.getUTCHours())}:${pad(local.getUTCMinutes())}:${pad(local.getUTCSeconds())}`;
  const milliseconds = pad(exact.getUTCMilliseconds(), 3);
  const digits = { none: '', 3: `.${milliseconds}`, 6: `.${milliseconds}987` }[fraction];
  return { instant: exact, raw: `${date}${separator}${clock}${digits}${writeOffset(minutes, offset)}` };
}

function writeOffset(minutes: number, form: TimeForm['offset']): string {
  const hours = `${minutes < 0 ? '-' : '+'}${pad(Math.trunc(Math.abs(minutes) / 60))}`;
  const rest = pad(Math.abs(minutes) % 60);
  return { Z: 'Z', hours, colon: `${hours}:${rest}`, digits: `${hours}${rest}` }[form];
}

function pad(value: number, length = 2): string {
  return String(value).padStart(length, '0');
}
