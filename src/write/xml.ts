// Parts of messages -> XML.

import type { WireElement } from '../message.ts';
import type { GenerationFormat } from '../protocol/generations.ts';
import { kebabName } from '../protocol/vocabulary.ts';
import type { Word } from '../protocol/vocabulary.ts';
import type { FieldPart, Parts } from './parts.ts';

export function writeXml(messages: readonly Parts[], { syntax, isBundle }: GenerationFormat): string {
  const style = syntax === 'kebab-case' ? KEBAB_CASE : UPPER_CASE;
  const content = messages.map((parts) =>
    isBundle
      ? notification(parts, style)
      : fieldElements([...parts.head, ...parts.fields], style, 1) + extraElements(parts.extra, style, 1),
  );
  return style.declaration + container(style.root, {}, content.join(''), style, 0);
}

interface Style {
  readonly declaration: string;
  readonly root: string;
  readonly nameOf: (word: Word) => string;
  readonly emptyElement: (name: string) => string;
  /** Puts a tag or an element on a separate line, at a depth in the document. */
  readonly line: (xml: string, depth: number) => string;
}

const UPPER_CASE: Style = {
  declaration: '',
  root: 'POSTBACK',
  nameOf: ({ names }) => names[0],
  emptyElement: (name) => `<${name}></${name}>`,
  line: (xml, depth) => `${'  '.repeat(depth)}${xml}\n`,
};

const KEBAB_CASE: Style = {
  declaration: "<?xml version='1.0' encoding='UTF-8'?>",
  root: 'postback',
  nameOf: kebabName,
  emptyElement: (name) => `<${name}/>`,
  line: (xml) => xml,
};

function notification({ attributes, head, fields, extra }: Parts, style: Style): string {
  const body = container('BODY', {}, fieldElements(fields, style, 3) + extraElements(extra, style, 3), style, 2);
  return container('NOTIFICATION', attributes, fieldElements(head, style, 2) + body, style, 1);
}

function fieldElements(fields: readonly FieldPart[], style: Style, depth: number): string {
  return fields.map((field) => fieldElement(field, style, depth)).join('');
}

function fieldElement([word, value]: FieldPart, style: Style, depth: number): string {
  const name = style.nameOf(word);
  if (typeof value === 'string') return style.line(textElement(name, value, style), depth);
  const { items = word } = word;
  const itemElements = value.map((item) => style.line(textElement(style.nameOf(items), item, style), depth + 1));
  return container(name, {}, itemElements.join(''), style, depth);
}

function extraElements(extra: readonly WireElement[], style: Style, depth: number): string {
  return extra.map((element) => style.line(wireElement(element), depth)).join('');
}

/** An element whose tags are on lines of their own. */
function container(name: string, attributes: Attributes, content: string, style: Style, depth: number): string {
  return style.line(startTag(name, attributes), depth) + content + style.line(`</${name}>`, depth);
}

function textElement(name: string, text: string, style: Style): string {
  return text === '' ? style.emptyElement(name) : `<${name}>${escapeText(text)}</${name}>`;
}

/** Adds no white space, because that would be read as text of the element. */
function wireElement({ name, text, attributes, children }: WireElement): string {
  return `${startTag(name, attributes)}${escapeText(text)}${children.map(wireElement).join('')}</${name}>`;
}

type Attributes = Readonly<Record<string, string>>;

function startTag(name: string, attributes: Attributes): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeAttribute(value)}"`);
  return `<${name}${written.join('')}>`;
}

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
  '\n': '&#xA;',
  '\t': '&#x9;',
};

/** An XML parser would turn a carriage return into a line feed. */
function escapeText(text: string): string {
  return text.replace(/[&<>\r]/g, toReference);
}

/** An XML parser would turn each white-space character into a space. */
function escapeAttribute(value: string): string {
  return value.replace(/[&<>"\t\n\r]/g, toReference);
}

function toReference(character: string): string {
  return String(REFERENCES[character]);
}
