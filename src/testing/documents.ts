// Arbitraries of postbacks as they arrive.

import type { Arbitrary } from 'fast-check';
import type { PostbackNotification, WireElement } from '../message.ts';
import { serializeBundle, serializePostback } from '../write/serialize.ts';
import type { Generation } from '../write/serialize.ts';
import { arriving } from './arrival.ts';
import type { Arrival, Postback } from './arrival.ts';
import { choices } from './choices.ts';
import { fastCheck } from './fast-check.ts';
import { mmsMo, notification, smsMo, xmlText } from './messages.ts';
import type { MessageConstraints } from './messages.ts';
import { variedJson } from './varied-json.ts';
import { variedXml } from './varied-xml.ts';

/** A postback whose document is not known to be one. */
export interface BrokenDocument extends Postback {
  /** The document that the body holds, as text. */
  readonly text: string;
}

/** A postback, and what `parseBundle` makes of it. */
export interface PostbackDocument extends BrokenDocument {
  /** In wire order. */
  readonly notifications: readonly PostbackNotification[];
}

/**
 * Postbacks: documents of every generation as the providers write them, and such as another sender may write (comments,
 * CDATA, BODY or none, names in any case, other kinds among the messages); as XML that is labelled right, wrong or not at
 * all, as the field of a form, and as JSON.
 * @throws Error where fast-check is not installed; RangeError for what is no generation
 */
export function postbackDocument({ generation }: MessageConstraints = {}): Arbitrary<PostbackDocument> {
  const documents =
    generation === undefined
      ? fastCheck().oneof(ofProviders(), ofProviders(), ofOthers(true), ofOthers(false))
      : ofProvider(generation);
  return documents.chain(({ text, notifications, isJson }) =>
    arrival(isJson).map((way) => ({ text, notifications, ...arriving(text, way) })),
  );
}

/**
 * Postbacks with up to four places of the document damaged: pieces left out, and others put in. Few of them can be read to
 * the end; some still can.
 * @throws Error where fast-check is not installed
 */
export function brokenDocument(): Arbitrary<BrokenDocument> {
  const fc = fastCheck();
  const change = fc.record({
    at: fc.nat(4000),
    remove: fc.oneof(fc.constant(0), fc.nat(30)),
    insert: fc.oneof(fc.constantFrom(...BREAKERS), xmlText()),
  });
  return fc
    .tuple(fc.oneof(ofProviders(), ofOthers(true), ofOthers(false)), fc.array(change, { minLength: 1, maxLength: 4 }))
    .chain(([{ text, isJson }, changes]) => {
      let broken = text;
      for (const { at, remove, insert } of changes) {
        const from = at % (broken.length + 1);
        broken = broken.slice(0, from) + insert + broken.slice(from + remove);
      }
      return arrival(isJson).map((way) => ({ text: broken, ...arriving(broken, way) }));
    });
}

interface Written extends Pick<PostbackDocument, 'text' | 'notifications'> {
  readonly isJson: boolean;
}

function ofProviders(): Arbitrary<Written> {
  const fc = fastCheck();
  return fc.oneof(ofProvider('G1'), ofProvider('G2'), ofProvider('G3'), ofProvider('G4'), ofProvider('G5'));
}

function ofProvider(generation: Generation): Arbitrary<Written> {
  const fc = fastCheck();
  const message = fc.oneof(smsMo({ generation }), mmsMo({ generation }));
  const isJson = generation === 'G5';
  if (generation !== 'G1')
    return message.map((notification) => ({
      text: serializePostback(notification, { generation }),
      notifications: [notification],
      isJson,
    }));
  return fc
    .array(message, { minLength: 1, maxLength: 4 })
    .map((notifications) => ({ text: serializeBundle(notifications), notifications, isJson }));
}

function ofOthers(isJson: boolean): Arbitrary<Written> {
  const fc = fastCheck();
  return fc.boolean().chain((isBundle) =>
    fc
      .tuple(fc.array(notification(), { minLength: 1, maxLength: isBundle ? 4 : 1 }), choices())
      .map(([drawn, style]) => {
        const notifications = drawn.map((notification) => carried(notification, isJson, isBundle));
        return {
          text: isJson ? variedJson(notifications, style, isBundle) : variedXml(notifications, style, isBundle),
          notifications,
          isJson,
        };
      }),
  );
}

/** What of a notification such a document can carry: an envelope is of XML's bundles, and JSON has no attributes. */
export function carried<Notification extends PostbackNotification>(
  notification: Notification,
  isJson: boolean,
  isBundle: boolean,
): Notification {
  const { envelope, ...others } = notification;
  const kept = { ...others, ...(envelope !== undefined && isBundle && !isJson ? { envelope } : {}) } as Notification;
  return kept.kind === 'other' && isJson ? { ...kept, fields: kept.fields.map(jsonElement) } : kept;
}

function jsonElement({ name, text, children }: WireElement): WireElement {
  return {
    name,
    text: children.length === 0 ? text : '',
    attributes: Object.create(null) as WireElement['attributes'],
    children: children.map(jsonElement),
  };
}

function arrival(isJson: boolean): Arbitrary<Arrival> {
  const fc = fastCheck();
  if (isJson)
    return fc
      .constantFrom('application/json', 'application/json; charset=utf-8', 'application/vnd.sinch+json')
      .map((contentType) => ({ contentType }));
  return fc.oneof(
    fc
      .constantFrom(
        'application/xml',
        'text/xml',
        'application/xml; charset=utf-8',
        'text/xml;charset="UTF-8"',
        'application/x-www-form-urlencoded',
        'text/plain',
        'application/octet-stream',
        undefined,
      )
      .map((contentType) => ({ contentType })),
    fc.record({ form: fc.constantFrom('urlencoded', 'multipart'), field: fc.constantFrom('xml', 'XML') }),
  );
}

const BREAKERS = [
  '<',
  '>',
  '&',
  '&amp',
  ';',
  '&nbsp;',
  '&#0;',
  '&#xD800;',
  '&#x1F600;',
  '<!',
  '<!-',
  '<!--',
  '-->',
  '--',
  '<![CDATA[',
  ']]>',
  ']]',
  '<!DOCTYPE',
  '<!doctype x>',
  '<?',
  '?>',
  '<?x?y?>',
  '<?xml version="1.0"?>',
  '</',
  '/>',
  '<a>',
  '</a>',
  '<FROM>',
  '</FROM>',
  '<POSTBACK>',
  '</POSTBACK>',
  '<NOTIFICATION id="1">',
  '</NOTIFICATION>',
  '<BODY>',
  '"',
  "'",
  '=',
  'a="1"',
  'a="1" a="1"',
  ' ',
  '\r',
  '\n',
  '\t',
  '\0',
  '\x01',
  '\uFFFE',
  '\uD800',
  '\uDC00',
  '<a:b>',
  '</a:b>',
  '<a:b:c/>',
  '<:/>',
  ' xmlns:a=""',
  ' xmlns:xml="x"',
  ' xmlns="x" ',
  ' a:b="1"',
  ':',
  '1.1',
  '1.',
  '2',
  'UTF-16',
  'latin1',
  '{',
  '}',
  '[',
  ']',
  ',',
  '{}',
  '[]',
  '"a":',
  '"from":1',
  'null',
  '1.5',
  '1e3',
  '\\',
  '\\u',
  '\\ud83d',
  '\\u0000',
  '\\"',
  '[[[[[[[[',
  '😀',
  '\uFEFF',
  '__proto__',
  '<__proto__ __proto__="1">',
  '<constructor>',
];
