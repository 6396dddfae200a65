// Checks of the values of options and arguments. Each returns the value, or throws InvalidArgumentError.

import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { resolveOptions } from '../options.ts';
import type { Generation } from '../protocol/generations.ts';
import { GENERATIONS, isGeneration } from '../protocol/generations.ts';
import { encodingNamed } from '../read/encodings.ts';
import { parseTarget } from '../testing/target.ts';
import { Failure, reasonOf } from './failure.ts';
import { secretAuthorizer } from './listen/secret.ts';
import type { MmsFile } from './send/parts.ts';
import { originOf } from './server.ts';

/** Digits of a number in a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

export function positiveNumber(text: string): number {
  const number = decimal(text);
  if (number > 0) return number;
  throw new InvalidArgumentError('Expected a number greater than 0.');
}

export function seconds(text: string): number {
  const number = decimal(text);
  // setTimeout fires immediately above 2^31 - 1 ms.
  if (number >= 0 && number <= 2_000_000) return number;
  throw new InvalidArgumentError('Expected a number of seconds from 0 to 2000000.');
}

export function positiveSeconds(text: string): number {
  const number = seconds(text);
  if (number > 0) return number;
  throw new InvalidArgumentError('Expected a number of seconds greater than 0.');
}

/** NaN for anything but digits with an optional decimal point. */
function decimal(text: string): number {
  return /^(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN;
}

/** The path of a URL, without query and fragment. */
export function urlPath(text: string): string {
  if (/^\/[^?#\s]*$/.test(text)) return text;
  throw new InvalidArgumentError('Expected a path that starts with /, for example /postback.');
}

/** A URL that postbacks can be sent to. */
export function httpUrl(text: string): string {
  try {
    parseTarget(text);
    return text;
  } catch {
    const complete = completeUrl(text);
    if (complete !== undefined && URL.canParse(complete))
      throw new InvalidArgumentError(`Expected http:// or https:// at the start, for example ${complete}`);
    throw new InvalidArgumentError(
      "Expected an http or https URL, for example http://localhost:8080/postback. Write '%' in a user name or " +
        'a password as %25.',
    );
  }
}

/** The URL that was probably meant. */
function completeUrl(text: string): string | undefined {
  if (/^\d+$/.test(text)) return `http://localhost:${text}/`;
  const [, scheme, rest] = /^(https?)(?!:\/\/)[:;.,]*[/\\]+[:/\\]*([^]+)/i.exec(text) ?? [];
  if (scheme !== undefined) return `${scheme.toLowerCase()}://${String(rest)}`;
  // `new URL('localhost:8080')` is valid: its scheme is `localhost:`.
  const hasHost = /^[^/?#\s]/.test(text) && !/^[a-z][a-z\d+.-]*:(?:\/|$)/i.test(text);
  return hasHost ? `http://${text}` : undefined;
}

/** Collects the files of an option that can be given several times. */
export function inputFiles(text: string, previous: readonly string[] = []): readonly string[] {
  if (text === '-' && previous.includes('-')) {
    throw new InvalidArgumentError('Standard input (-) can be read only once.');
  }
  return [...previous, text];
}

/** Collects the headers of an option that can be given several times, by lower-case name. */
export function httpHeader(
  text: string,
  previous: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name = '', value = ''] = /^([^:]*):\s*([^]*?)\s*$/.exec(text) ?? [];
  try {
    new Headers([[name, value]]);
  } catch {
    throw new InvalidArgumentError(
      "Expected a name, a colon and a value, for example 'X-Account: 7'. A name consists of letters, digits and " +
        "- _ . ! # $ % & ' * + ^ ` | ~, and a value of one line in ISO-8859-1.",
    );
  }
  return { ...previous, [name.toLowerCase()]: value };
}

/** Collects the files of an option that takes several values: URLs, and paths of local files. */
export function mmsFiles(text: string, previous: readonly MmsFile[] = []): readonly MmsFile[] {
  return [...previous, mmsFile(text)];
}

function mmsFile(text: string): MmsFile {
  // A single letter is a drive of Windows.
  const [, scheme] = /^\s*([a-z][a-z\d+.-]+):\/\//i.exec(text) ?? [];
  if (scheme === undefined && text !== '') return { path: text };
  if (scheme !== undefined && !/^https?$/i.test(scheme)) {
    throw new InvalidArgumentError(
      `Expected an http or https URL, or the path of a file. The scheme of this URL is ${scheme}.`,
    );
  }
  if (URL.canParse(text)) return { url: text };
  throw new InvalidArgumentError(
    'Expected a URL, for example https://content.example.com/1.jpg, or the path of a file, for example ./picture.jpg.',
  );
}

/** A host that can be listened on, and that others can connect to. */
export function reachableHost(text: string): string {
  const url = originOf(text, 80);
  // 0.0.0.0 and :: mean all addresses, so nobody can connect to them.
  if (URL.canParse(url) && !/^(?:0\.0\.0\.0|\[::\])$/.test(new URL(url).hostname)) return text;
  throw new InvalidArgumentError(
    'Expected one host name or address of this machine, because it is a part of the URLs, for example 192.168.1.7.',
  );
}

/** Collects the values of an option that can be given several times. */
export function collected(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

/** An offset from UTC. */
export function utcOffset(text: string): string {
  try {
    resolveOptions({ defaultOffset: text });
    return text;
  } catch {
    throw new InvalidArgumentError('Expected an offset from UTC, for example -05:00.');
  }
}

/** The label of a supported encoding. */
export function encodingLabel(text: string): string {
  if (encodingNamed(text) !== undefined) return text;
  throw new InvalidArgumentError('Expected the name of an encoding, for example UTF-8 or ISO-8859-1.');
}

export function secret(text: string): string {
  try {
    secretAuthorizer(text);
    return text;
  } catch {
    throw new InvalidArgumentError('The secret must not be empty.');
  }
}

const MAX_SECRET_LENGTH = 1000;

/**
 * Reads a secret from a file. White space around it is no part of it, for example a line feed at the end.
 * @throws Failure
 */
export function secretInFile(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Failure(`Cannot read the secret in ${file}: ${reasonOf(error)}.`);
  }
  if (text === '') throw new Failure(`Cannot read the secret in ${file}: the file is empty.`);
  // UTF-16, several lines, or another file.
  if (text.length > MAX_SECRET_LENGTH || /[\p{Cc}\uFFFD]/u.test(text)) {
    throw new Failure(`Cannot read the secret in ${file}: expected one line of at most 1 000 characters in UTF-8.`);
  }
  return text;
}

/** A telephone number or short code. Only empty ones are refused, as in the parser. */
export function telephoneNumber(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('The number must not be empty.');
}

/** The id of a message. The reader removes white space around it. */
export function messageId(text: string): string {
  if (text !== '' && text === text.trim()) return text;
  throw new InvalidArgumentError('The id must not be empty, and must not start or end with white space.');
}

export function generation(text: string): Generation {
  const name = text.toUpperCase();
  if (isGeneration(name)) return name;
  throw new InvalidArgumentError(`Expected one of ${GENERATIONS.join(', ')}.`);
}
