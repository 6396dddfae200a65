// Wrong arguments of the writers.

import { describe, expect, it } from 'vitest';
import { serializeBundle, serializePostback } from '../../src/index.ts';
import type { Generation, MoMessageInput } from '../../src/index.ts';
import { element, mms, sms } from '../helpers/messages.ts';

describe('serializePostback', () => {
  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'message: expected a message'],
    ['null', null, 'message: expected a message'],
    ['a message without kind', {}, "message.kind: expected 'sms' or 'mms'"],
    ['the kind other', { kind: 'other' }, "message.kind: expected 'sms' or 'mms'"],
    ['the origin of another kind', { ...sms, origin: 'MMS_MO' }, "message.origin: expected 'SMS_MO'"],
    ['a missing text', { ...sms, text: undefined }, 'message.text: expected a string'],
    ['a number as from', { ...sms, from: 1 }, 'message.from: expected a string'],
    ['a number as keyword', { ...sms, keyword: 1 }, 'message.keyword: expected a string'],
    ['a string as receivedAt', { ...sms, receivedAt: '2026-04-24T18:34:00Z' }, 'message.receivedAt: expected a Date'],
    ['a string as files', { ...mms, files: 'x' }, 'message.files: expected a list of strings'],
    ['a number in files', { ...mms, files: [1] }, 'message.files: expected a list of strings'],
    [
      'an object as extra',
      { ...sms, extra: {} },
      'message.extra: expected a list of elements, each { name, text, attributes, children }',
    ],
    [
      'null in extra',
      { ...sms, extra: [null] },
      'message.extra: expected a list of elements, each { name, text, attributes, children }',
    ],
    [
      'an element without attributes and children',
      { ...sms, extra: [{ name: 'a', text: '' }] },
      'message.extra: expected a list of elements, each { name, text, attributes, children }',
    ],
    [
      'a number as attribute',
      { ...sms, extra: [element('a', '', [], { a: 1 as never })] },
      'message.extra: expected a list of elements, each { name, text, attributes, children }',
    ],
    ['a string as envelope', { ...sms, envelope: 'x' }, 'message.envelope: expected an object'],
    ['a hole in files', { ...mms, files: Object.assign([], { 1: 'x' }) }, 'message.files: expected a list of strings'],
    [
      'a hole in children',
      { ...sms, extra: [{ ...element('a'), children: Object.assign([], { 1: element('b') }) }] },
      'message.extra: expected a list of elements, each { name, text, attributes, children }',
    ],
    ["a number as an envelope's id", { ...sms, envelope: { id: 1 } }, 'message.envelope.id: expected a string'],
    [
      "a string as an envelope's time",
      { ...sms, envelope: { createdAt: 'now' } },
      'message.envelope.createdAt: expected a Date',
    ],
    [
      "a Date as an envelope's raw time",
      { ...sms, envelope: { createdAtRaw: new Date() } },
      'message.envelope.createdAtRaw: expected a string',
    ],
    ['null as envelope', { ...sms, envelope: null }, 'message.envelope: expected an object'],
  ])('throws a TypeError for %s', (_, message, told) => {
    expect(() => serializePostback(message as MoMessageInput)).toThrow(new TypeError(told));
  });

  it('throws a TypeError if the options are null', () => {
    expect(() => serializePostback(sms, null as never)).toThrow(new TypeError('options: expected an object'));
  });

  it.each(['G6', 'g3', 3, null, 'toString'])('throws a RangeError for the generation %o', (generation) => {
    expect(() => serializePostback(sms, { generation: generation as Generation })).toThrow(RangeError);
  });
});

describe('serializeBundle', () => {
  it('throws an error for anything but a list of messages', () => {
    expect(() => serializeBundle(sms as never)).toThrow(new TypeError('messages: expected a list, got object'));
    expect(() => serializeBundle(Object.assign([], { 1: sms }))).toThrow(
      new TypeError('messages[0]: expected a message'),
    );
    expect(() => serializeBundle([])).toThrow(new RangeError('messages: expected at least one'));
  });
});
