// Writes JSON in all the ways that JSON and the protocol allow.

import type { PostbackNotification, WireElement } from '../message.ts';
import type { MessageField } from '../protocol/generations.ts';
import { createChooser } from './choices.ts';
import type { Chooser, Choices } from './choices.ts';

/** Writes notifications as JSON, as a list or as one object. The choices decide each detail. */
export function variedJson(notifications: readonly PostbackNotification[], choices: Choices, isList: boolean): string {
  const chooser = createChooser(choices);
  const objects = notifications.map((notification) => notificationObject(notification, chooser));
  return blank(chooser) + (isList ? enclosed(objects, '[]', chooser) : objects.join('')) + blank(chooser);
}

function notificationObject(notification: PostbackNotification, chooser: Chooser): string {
  const members = fieldMembers(notification, chooser);
  const others = notification.kind === 'other' ? notification.fields : notification.extra;
  const turn = chooser.number(members.length);
  // Their order is part of the message.
  const otherMembers = others.map((other) => wireMember(other, chooser));
  return enclosed([...members.slice(turn), ...otherMembers, ...members.slice(0, turn)], '{}', chooser);
}

type Names = readonly [string, ...string[]];
type TextField = Exclude<MessageField, 'receivedAt' | 'files' | 'copyTo'> | 'receivedAtRaw';
type Texts = Readonly<Partial<Record<TextField, string | undefined>>>;

/** The names that each property of a message may have. */
const TEXT_FIELDS: readonly (readonly [property: TextField, names: Names])[] = [
  ['origin', ['origin']],
  ['code', ['code']],
  ['from', ['from']],
  ['to', ['to']],
  ['receivedAtRaw', ['timestamp', 'received']],
  ['keyword', ['keyword']],
  ['text', ['message-text', 'text']],
  ['transactionId', ['tracking-id', 'transaction-id']],
  ['trackingId', ['tracking-id']],
  ['subject', ['message-subject', 'subject']],
  ['spid', ['spid']],
  ['operatorId', ['operator-id']],
];

function fieldMembers(notification: PostbackNotification, chooser: Chooser): string[] {
  const texts: Texts = notification;
  const members = TEXT_FIELDS.flatMap(([property, names]) => {
    const value = texts[property];
    return value === undefined ? [] : [member(variedName(names, chooser), scalar(value, chooser), chooser)];
  });
  if (notification.kind !== 'mms') return members;
  const { files, copyTo = [] } = notification;
  return [
    ...members,
    ...listMember('content', 'file', files, chooser),
    ...listMember('copy-to', 'number', copyTo, chooser),
  ];
}

/** An empty list may be left out. */
function listMember(name: string, itemName: string, items: readonly string[], chooser: Chooser): string[] {
  if (items.length === 0 && chooser.number(2) === 0) return [];
  const objects = items.map((item) =>
    enclosed([member(variedName([itemName], chooser), scalar(item, chooser), chooser)], '{}', chooser),
  );
  return [member(variedName([name], chooser), enclosed(objects, '[]', chooser), chooser)];
}

function wireMember({ name, text, children }: WireElement, chooser: Chooser): string {
  const value =
    children.length === 0
      ? scalar(text, chooser)
      : enclosed(
          children.map((child) => wireMember(child, chooser)),
          '{}',
          chooser,
        );
  return member(string(name, chooser), value, chooser);
}

function member(name: string, value: string, chooser: Chooser): string {
  return `${name}${blank(chooser)}:${blank(chooser)}${value}`;
}

/** An object or a list. */
function enclosed(parts: readonly string[], [open, close]: '{}' | '[]', chooser: Chooser): string {
  const content = parts.map((part) => blank(chooser) + part + blank(chooser)).join(',');
  return `${open}${content}${blank(chooser)}${close}`;
}

function variedName(names: Names, chooser: Chooser): string {
  const name = chooser.oneOf(...names);
  const camelCase = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return string(chooser.oneOf(name, name.toUpperCase(), name.replace(/-/g, '_'), camelCase), chooser);
}

function blank({ oneOf }: Chooser): string {
  return oneOf('', '\n  ', '\r\n\t', ' ');
}

/** A string, or a number if that is read as the same text. */
function scalar(text: string, chooser: Chooser): string {
  return /^(?:0|-?[1-9]\d{0,14})$/.test(text) && chooser.number(2) === 0 ? text : string(text, chooser);
}

function string(value: string, chooser: Chooser): string {
  return `"${Array.from(value, (character) => stringCharacter(character, chooser)).join('')}"`;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function stringCharacter(character: string, chooser: Chooser): string {
  const way = chooser.number(4);
  if (way === 0) return character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  if (way === 1 && character === '/') return character;
  // XML text contains no control characters without a short escape.
  return SHORT_ESCAPES[character] ?? character;
}
