// Paths, as errors and warnings show them: `POSTBACK/CONTENT/FILE[2]` in XML, `content[1].file` in JSON.

import { FILE, NUMBER, shownName } from '../protocol/vocabulary.ts';
import { isJson } from './raw-notification.ts';
import type { SourcePlace } from './fault.ts';
import type { RawElement, Section } from './raw-notification.ts';

/** The place of an element, for errors. */
export function elementPlace(element: RawElement): SourcePlace {
  return { offset: element.offset, path: elementPath(element) };
}

/** The place of a section, for errors. */
export function sectionPlace(section: Section): SourcePlace {
  return { offset: section.offset, path: sectionPath(section) };
}

/** The path of an element of a notification. */
export function elementPath(innermost: RawElement): string {
  const { section } = innermost;
  const step = isJson(section) ? jsonStep : xmlStep;
  let path = '';
  // A loop instead of recursion: the depth may have no limit.
  for (let element: RawElement | undefined = innermost; element !== undefined; element = element.parent) {
    path = step(element) + path;
  }
  return inSection(section, path);
}

/** The path of a section. */
export function sectionPath({ name, around, ordinal }: Section): string {
  if (name === undefined) return ordinal === undefined ? '' : `[${ordinal - 1}]`;
  const number = ordinal === undefined ? '' : `[${ordinal}]`;
  return `${around === undefined ? '' : `${sectionPath(around)}/`}${shownName(name)}${number}`;
}

/** The path of a field that is missing. */
export function missingPath(section: Section, name: string): string {
  return inSection(section, isJson(section) ? `.${name}` : `/${name}`);
}

function inSection(section: Section, path: string): string {
  const around = sectionPath(section);
  return around === '' ? path.replace(/^\./, '') : around + path;
}

/** Items of a list are numbered from 1 on, as in XPath. */
function xmlStep(element: RawElement): string {
  const { word, parent, name } = element;
  const isItem = parent !== undefined && (word === FILE || word === NUMBER);
  if (!isItem) return `/${shownName(name)}`;
  const number = parent.children.filter((sibling) => sibling.word === word).indexOf(element) + 1;
  return `/${shownName(name)}[${number}]`;
}

/** Items of a list are numbered from 0 on, as in JavaScript. */
function jsonStep({ name, index }: RawElement): string {
  return `${index === undefined ? '' : `[${index}]`}${name === '' ? '' : `.${shownName(name)}`}`;
}
