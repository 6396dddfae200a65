// Parts of a message -> JSON.

import type { WireElement } from '../message.ts';
import { kebabName } from '../protocol/vocabulary.ts';
import type { FieldPart, Parts } from './parts.ts';

export function writeJson({ head, fields, extra }: Parts): string {
  return object([
    ...[...head, ...fields].map(fieldMember),
    ...extra.map((element) => [element.name, elementValue(element)] as const),
  ]);
}

/** A name, and a value as JSON. */
type Member = readonly [name: string, json: string];

function fieldMember([word, value]: FieldPart): Member {
  if (typeof value === 'string') return [kebabName(word), JSON.stringify(value)];
  const { items = word } = word;
  return [kebabName(word), list(value.map((item) => object([[kebabName(items), JSON.stringify(item)]])))];
}

/** The JSON that is read as the element. */
function elementValue({ text, children }: WireElement): string {
  if (children.length === 0) return JSON.stringify(text);
  if (children.every(({ name }) => name === '')) return list(children.map(elementValue));
  const members = children.map((child) => [child.name, elementValue(child)] as const);
  const hasUniqueNames = new Set(children.map(({ name }) => name)).size === children.length;
  // A list of the protocol, for example of files, is a list of objects with one member each.
  return hasUniqueNames ? object(members) : list(members.map((member) => object([member])));
}

function object(members: readonly Member[]): string {
  return `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

function list(values: readonly string[]): string {
  return `[${values.join(',')}]`;
}
