// Arbitraries of whole postbacks: documents in the bodies in which they arrive.

import type { Arbitrary } from 'fast-check';
import type { PostbackNotification, WireElement } from '../message.ts';
import { serializeBundle, serializePostback } from '../write/serialize.ts';
import type { Generation } from '../write/serialize.ts';
import { toPostbackBody } from './postback-body.ts';
import type { BodyFormat, Postback } from './postback-body.ts';
import { choices } from './choices.ts';
import { fastCheck } from './fast-check.ts';
import { mmsMo, notification, smsMo } from './messages.ts';
import { requireOptions } from '../options.ts';
import { CONSTRAINTS } from './messages.ts';
import type { MessageConstraints } from './messages.ts';
import { xmlText } from './values.ts';
import { variedJson } from './varied-json.ts';
import { variedXml } from './varied-xml.ts';

/** A body whose document may be invalid. */
export interface BrokenDocument extends Postback {
  /** The document in the body, as text. */
  readonly text: string;
}

/** A postback, and the notifications that `parseBundle` returns for it. */
export interface PostbackDocument extends BrokenDocument {
  /** In wire order. */
  readonly notifications: readonly PostbackNotification[];
}

/**
 * Arbitrary postbacks. The documents are of all generations, as the providers write them, and also as other senders
 * might (with comments, CDATA, names in any case, with or without BODY, messages mixed with notifications of other
 * kinds). They arrive as XML with a right, a wrong or no Content-Type, as a field of a form, or as JSON. With
 * `generation`, only as that generation's provider writes them.
 * @throws Error if fast-check is not installed
 * @throws RangeError if the generation does not exist
 */
export function postbackDocument(options: MessageConstraints = {}): Arbitrary<PostbackDocument> {
  const { generation } = requireOptions(options, CONSTRAINTS);
  const documents =
    generation === undefined
      ? fastCheck().oneof(providerDocument(), providerDocument(), variedDocument(true), variedDocument(false))
      : documentOfGeneration(generation);
  return documents.chain(({ text, notifications, isJson }) =>
    bodyFormat(isJson).map((format) => ({ text, notifications, ...toPostbackBody(text, format) })),
  );
}

/**
 * Arbitrary postbacks whose document is damaged in up to four places: parts are removed, and others are inserted. Most
 * of them are invalid; some can still be read.
 * @throws Error if fast-check is not installed
 */
export function brokenDocument(): Arbitrary<BrokenDocument> {
  const fc = fastCheck();
  const change = fc.record({
    at: fc.nat(4000),
    remove: fc.oneof(fc.constant(0), fc.nat(30)),
    insert: fc.oneof(fc.constantFrom(...DAMAGING_TEXTS), xmlText()),
  });
  return fc
    .tuple(
      fc.oneof(providerDocument(), variedDocument(true), variedDocument(false)),
      fc.array(change, { minLength: 1, maxLength: 4 }),
    )
    .chain(([{ text, isJson }, changes]) => {
      let broken = text;
      for (const { at, remove, insert } of changes) {
        const from = at % (broken.length + 1);
        broken = broken.slice(0, from) + insert + broken.slice(from + remove);
      }
      return bodyFormat(isJson).map((format) => ({ text: broken, ...toPostbackBody(broken, format) }));
    });
}

interface WrittenDocument extends Pick<PostbackDocument, 'text' | 'notifications'> {
  readonly isJson: boolean;
}

function providerDocument(): Arbitrary<WrittenDocument> {
  const fc = fastCheck();
  return fc.oneof(
    documentOfGeneration('G1'),
    documentOfGeneration('G2'),
    documentOfGeneration('G3'),
    documentOfGeneration('G4'),
    documentOfGeneration('G5'),
  );
}

function documentOfGeneration(generation: Generation): Arbitrary<WrittenDocument> {
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

function variedDocument(isJson: boolean): Arbitrary<WrittenDocument> {
  const fc = fastCheck();
  return fc.boolean().chain((isBundle) =>
    fc
      .tuple(fc.array(notification(), { minLength: 1, maxLength: isBundle ? 4 : 1 }), choices())
      .map(([generated, style]) => {
        const notifications = generated.map((notification) => representable(notification, isJson, isBundle));
        return {
          text: isJson ? variedJson(notifications, style, isBundle) : variedXml(notifications, style, isBundle),
          notifications,
          isJson,
        };
      }),
  );
}

/**
 * The part of a notification that such a document can represent: only XML bundles have envelopes, and JSON has no
 * attributes.
 */
export function representable<Notification extends PostbackNotification>(
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

function bodyFormat(isJson: boolean): Arbitrary<BodyFormat> {
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

/** Texts that are likely to break a document. */
const DAMAGING_TEXTS = [
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
