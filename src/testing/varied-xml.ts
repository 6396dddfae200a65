// Writes XML in all the ways that XML and the protocol allow.

import type { PostbackNotification, WireElement } from '../message.ts';
import type { MessageField } from '../protocol/generations.ts';
import { createChooser } from './choices.ts';
import type { Chooser, Choices } from './choices.ts';

/** Writes notifications as XML. The choices decide each detail. */
export function variedXml(notifications: readonly PostbackNotification[], choices: Choices, isBundle: boolean): string {
  const chooser = createChooser(choices);
  const declaration = chooser.oneOf('', '<?xml version="1.0"?>', "<?xml version='1.0' encoding='UTF-8'?>\n");
  const content = notifications.map((notification) =>
    isBundle ? notificationElement(notification, chooser) : notificationContent(notification, chooser),
  );
  return `${declaration}${element(variedName(['POSTBACK'], chooser), content.join(''), chooser)}\n`;
}

function notificationElement(notification: PostbackNotification, chooser: Chooser): string {
  const { id, createdAtRaw } = notification.envelope ?? {};
  const name = variedName(['NOTIFICATION'], chooser);
  const attributes = [
    ...(id === undefined ? [] : [`${variedName(['id'], chooser)}=${attributeValue(id, chooser)}`]),
    ...(createdAtRaw === undefined
      ? []
      : [`${variedName(['created'], chooser)} = ${attributeValue(createdAtRaw, chooser)}`]),
  ];
  const content = notificationContent(notification, chooser);
  return `${filler(chooser)}<${[name, ...attributes].join(' ')}>${content}</${name}>${filler(chooser)}`;
}

function notificationContent(notification: PostbackNotification, chooser: Chooser): string {
  const fields = fieldElements(notification, chooser);
  const others = notification.kind === 'other' ? notification.fields : notification.extra;
  // Together, because their order is part of the message.
  if (others.length > 0) fields.push(others.map((other) => wireElement(other, chooser) + filler(chooser)).join(''));
  const turn = chooser.number(fields.length);
  const ordered = [...fields.slice(turn), ...fields.slice(0, turn)].map((field) => filler(chooser) + field);
  const content = ordered.join('') + filler(chooser);
  if (chooser.number(3) !== 0) return content;
  return filler(chooser) + element(variedName(['BODY'], chooser), content, chooser) + filler(chooser);
}

type Names = readonly [string, ...string[]];
type TextField = Exclude<MessageField, 'receivedAt' | 'files' | 'copyTo'> | 'receivedAtRaw';
type Texts = Readonly<Partial<Record<TextField, string | undefined>>>;

/** The names that each property of a message may have. */
const TEXT_FIELDS: readonly (readonly [property: TextField, names: Names])[] = [
  ['origin', ['ORIGIN']],
  ['code', ['CODE']],
  ['from', ['FROM']],
  ['to', ['TO']],
  ['receivedAtRaw', ['RECEIVED', 'TIMESTAMP']],
  ['keyword', ['KEYWORD']],
  ['text', ['TEXT', 'MESSAGE-TEXT']],
  ['transactionId', ['TRANSACTIONID', 'TRACKING-ID']],
  ['trackingId', ['TRACKINGID', 'TRACKING-ID']],
  ['subject', ['SUBJECT', 'MESSAGE-SUBJECT']],
  ['spid', ['SPID']],
  ['operatorId', ['OPERATOR-ID']],
];

function fieldElements(notification: PostbackNotification, chooser: Chooser): string[] {
  const texts: Texts = notification;
  const elements = TEXT_FIELDS.flatMap(([property, names]) => {
    const value = texts[property];
    return value === undefined ? [] : [element(variedName(names, chooser), text(value, chooser), chooser)];
  });
  if (notification.kind !== 'mms') return elements;
  const { files, copyTo } = notification;
  elements.push(listElement('CONTENT', 'FILE', files, chooser));
  if (copyTo !== undefined) elements.push(listElement('COPY-TO', 'NUMBER', copyTo, chooser));
  return elements;
}

function listElement(name: string, itemName: string, items: readonly string[], chooser: Chooser): string {
  const itemElements = items.map(
    (item) => filler(chooser) + element(variedName([itemName], chooser), text(item, chooser), chooser),
  );
  return element(variedName([name], chooser), itemElements.join('') + filler(chooser), chooser);
}

/** An element with exactly this text, these attributes and these children. */
function wireElement({ name, text: ownText, attributes, children }: WireElement, chooser: Chooser): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}=${attributeValue(value, chooser)}`);
  const content = children.map((child) => wireElement(child, chooser)).join('');
  return `<${name}${written.join('')}>${text(ownText, chooser)}${content}</${name}>`;
}

function element(name: string, content: string, { oneOf }: Chooser): string {
  return `<${name}${oneOf('', ' ', '\r\n')}>${content}</${name}${oneOf('', '\n')}>`;
}

function variedName(names: Names, { oneOf }: Chooser): string {
  const name = oneOf(...names);
  return oneOf(name.toUpperCase(), name.toLowerCase(), name.toUpperCase().replace(/-/g, '_'));
}

/** What is ignored between elements. */
function filler({ oneOf }: Chooser): string {
  return oneOf('', '\n  ', '\r\n\t', ' ', '<!-- <FROM>&no; -->', '<?skip <FROM>?>');
}

function text(value: string, chooser: Chooser): string {
  return Array.from(value, (character) => textCharacter(character, chooser)).join('');
}

function textCharacter(character: string, chooser: Chooser): string {
  const way = chooser.number(10);
  // A literal carriage return would be read as a line feed.
  if (character === '\r' || way === 0) return numericReference(character, chooser);
  if (way === 1) return `<![CDATA[${character}]]>`;
  if (way === 2) return `${escapedCharacter(character)}<!-- & -->`;
  if (way === 3) return `<?pi & ?>${escapedCharacter(character)}`;
  // A carriage return and a line feed are read as one line feed.
  if (way === 4 && character === '\n') return '\r\n';
  // These need no escape in text.
  if (way === 4 && !'<>&'.includes(character)) return character;
  return escapedCharacter(character);
}

function attributeValue(value: string, chooser: Chooser): string {
  const quote = chooser.number(2) === 0 ? '"' : "'";
  const written = Array.from(value, (character) =>
    // Literal white space would be read as a space.
    '\t\n\r'.includes(character) || chooser.number(5) === 0
      ? numericReference(character, chooser)
      : escapedCharacter(character),
  );
  return quote + written.join('') + quote;
}

function numericReference(character: string, { oneOf }: Chooser): string {
  const code = Number(character.codePointAt(0));
  return oneOf(`&#${code};`, `&#x${code.toString(16)};`, `&#x000${code.toString(16).toUpperCase()};`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
};

function escapedCharacter(character: string): string {
  return ENTITIES[character] ?? character;
}
