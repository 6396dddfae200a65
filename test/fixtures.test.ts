// Tests each document in fixtures/ (.xml, or .wire.json) with its expectation (.json). A new fixture needs no code.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseBundle, parsePostback, PostbackError, PostbackParser } from '../src/index.ts';
import type { PostbackErrorCode, PostbackOptions, PostbackResult, PostbackWarning } from '../src/index.ts';
import { thrownBy } from './helpers/thrown-by.ts';

type Json = Readonly<Record<string, unknown>>;

interface ExpectedError {
  readonly code: PostbackErrorCode;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  /** Only with UNSUPPORTED_ORIGIN. */
  readonly notification?: Json;
}

type Outcome = { readonly message: Json } | { readonly error: ExpectedError };

interface Expectation {
  /** What the document shows, in a sentence. */
  readonly about: string;
  /** `fallbackTime` is a string in JSON. */
  readonly options?: Omit<PostbackOptions, 'fallbackTime'> & { readonly fallbackTime?: string };
  /** The results of parseBundle. Missing `warnings` means none. */
  readonly results?: readonly (Outcome & { readonly warnings?: readonly PostbackWarning[] })[];
  /** What parseBundle and parsePostback throw instead. */
  readonly error?: ExpectedError;
  /** The result of parsePostback, if it is not the same. */
  readonly single?: Outcome;
}

// Objects instead of lists, so that the compiler requires every code.
const ERROR_CODES: Readonly<Record<Exclude<PostbackErrorCode, 'UNREPRESENTABLE'>, true>> = {
  EMPTY: true,
  MALFORMED: true,
  DOCTYPE_FORBIDDEN: true,
  TOO_LARGE: true,
  TOO_DEEP: true,
  TOO_MANY_NOTIFICATIONS: true,
  BAD_ENCODING: true,
  NOT_A_POSTBACK: true,
  NO_NOTIFICATION: true,
  MISSING_FIELD: true,
  DUPLICATE_FIELD: true,
  INVALID_FIELD: true,
  UNEXPECTED_CONTENT: true,
  TOO_MANY_FIELDS: true,
  TOO_MANY_FILES: true,
  SEVERAL_NOTIFICATIONS: true,
  UNSUPPORTED_ORIGIN: true,
};
const WARNING_CODES: Readonly<Record<PostbackWarning['code'], true>> = {
  STRAY_AMPERSAND: true,
  STRAY_LESS_THAN: true,
  SURROGATE_REFERENCES: true,
  STRAY_CDATA_END: true,
  FOREIGN_BYTES: true,
  UNKNOWN_CHARSET: true,
  OUTSIDE_DOCUMENT: true,
  UNDEFINED_ENTITY: true,
  FORBIDDEN_CHARACTER: true,
  UNREADABLE_TIME: true,
};

// The vocabulary in G4's spelling. Older generations use upper case without "-".
const ELEMENTS = [
  'postback',
  'notification',
  'body',
  'origin',
  'code',
  'from',
  'to',
  'text',
  'message-text',
  'received',
  'timestamp',
  'transaction-id',
  'tracking-id',
  'keyword',
  'subject',
  'message-subject',
  'spid',
  'operator-id',
  'content',
  'file',
  'copy-to',
  'number',
];
const ATTRIBUTES = ['id', 'created'];

const folder = new URL('../fixtures/', import.meta.url);
const documents = new Map(
  ['.xml', '.wire.json'].flatMap((extension) =>
    namesOf(extension).map((name) => [name, `${name}${extension}`] as const),
  ),
);
const documentNames = [...documents.keys()].sort();
const expectationNames = namesOf('.json').filter((name) => !name.endsWith('.wire'));
const fixtures = [...documents]
  .filter(([name]) => expectationNames.includes(name))
  .map(([name, file]) => ({ name, bytes: readFileSync(new URL(file, folder)), expected: expectationOf(name) }));

describe.each(fixtures)('fixtures/$name', ({ bytes, expected }) => {
  const { about, results, error } = expected;
  const options = optionsOf(expected);

  it('has a description, and either results or an error', () => {
    expect(about).toMatch(/\.$/);
    expect(['results', 'error'].filter((key) => key in expected)).toHaveLength(1);
    expect(['about', 'options', 'results', 'error', 'single']).toEqual(expect.arrayContaining(Object.keys(expected)));
  });

  it(`is read by parseBundle: ${about}`, () => {
    if (error === undefined) {
      const wanted = results?.map((result) => ({ warnings: [], ...result }));
      expect(asJson(parseBundle(bytes, options).map(shownResult))).toEqual(wanted);
    } else {
      expect(shownError(thrownBy(() => parseBundle(bytes, options)))).toEqual(error);
    }
  });

  it('gives the same results byte by byte', () => {
    const shown: unknown[] = [];
    const parser = new PostbackParser({ onResult: (result) => shown.push(asJson(shownResult(result))) }, options);
    const read = (): void => {
      for (let at = 0; at < bytes.length; at++) parser.write(bytes.subarray(at, at + 1));
      parser.close();
    };
    if (error === undefined) {
      read();
      expect(shown).toEqual(results?.map((result) => ({ warnings: [], ...result })));
    } else {
      expect(shownError(thrownBy(read))).toEqual(error);
    }
  });

  it(`is read by parsePostback: ${about}`, () => {
    const wanted = singleOf(expected);
    if ('error' in wanted) {
      expect(shownError(thrownBy(() => parsePostback(bytes, options)))).toEqual(wanted.error);
    } else {
      expect(asJson(parsePostback(bytes, options))).toEqual(wanted.message);
    }
  });
});

describe('the folder of fixtures', () => {
  const outcomes = fixtures.flatMap(({ expected: { results = [], error, single } }) => [
    ...results,
    ...(error === undefined ? [] : [{ error }]),
    ...(single === undefined ? [] : [single]),
  ]);
  const errorCodes = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error.code] : []));
  const warningCodes = fixtures.flatMap(({ expected: { results = [] } }) =>
    results.flatMap(({ warnings = [] }) => warnings.map(({ code }) => code)),
  );
  // Only documents without errors: in others a name may have no meaning.
  const readable = fixtures
    .filter(({ expected: { results = [] } }) => results.length > 0 && results.every((result) => 'message' in result))
    .map(({ bytes }) => bytes.toString('latin1'));
  const inBothSpellings = (names: string[]): string[] =>
    names.flatMap((name) => [name, name.replaceAll('-', '').toUpperCase()]);

  it('has an expectation for every document, and a document for every expectation', () => {
    expect(expectationNames).toEqual(documentNames);
    expect(documentNames.length).toBeGreaterThanOrEqual(50);
  });

  it.each(Object.keys(ERROR_CODES))('has a document with the error %s', (code) => {
    expect(errorCodes).toContain(code);
  });

  it.each(Object.keys(WARNING_CODES))('has a document with the warning %s', (code) => {
    expect(warningCodes).toContain(code);
  });

  it.each(inBothSpellings(ELEMENTS))('has a document with the element %s', (name) => {
    expect(readable.some((text) => new RegExp(`<${name}[\\s/>]`).test(text))).toBe(true);
  });

  it.each(inBothSpellings(ATTRIBUTES))('has a NOTIFICATION with the attribute %s', (name) => {
    expect(
      readable.some((text) => new RegExp(`<(?:NOTIFICATION|notification)\\s(?:[^>]*\\s)?${name}=`).test(text)),
    ).toBe(true);
  });
});

/** The names of the fixtures that have a file of this extension, sorted. */
function namesOf(extension: string): string[] {
  return readdirSync(folder)
    .flatMap((file) => (file.endsWith(extension) ? [file.slice(0, -extension.length)] : []))
    .sort();
}

function expectationOf(name: string): Expectation {
  // Its type is checked by the tests, which compare all of it.
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Expectation;
}

/** The options of the parser. */
function optionsOf({ options: { fallbackTime, ...options } = {} }: Expectation): PostbackOptions {
  return fallbackTime === undefined ? options : { ...options, fallbackTime: new Date(fallbackTime) };
}

/** What parsePostback must give. Default: the error, or the only result. */
function singleOf({ results = [], error, single }: Expectation): Outcome {
  if (single !== undefined) return single;
  if (error !== undefined) return { error };
  const [only, ...others] = results;
  if (only === undefined || others.length > 0 || ('message' in only && only.message['kind'] === 'other')) {
    throw new Error('this fixture has to say in "single" what parsePostback gives');
  }
  return only;
}

/** A result in the form of the expectations. */
function shownResult({ success, data, error, warnings }: PostbackResult): Json {
  return success ? { message: data, warnings } : { error: shownError(error), warnings };
}

/** An error in the form of the expectations. Its message must contain the position. */
function shownError(error: unknown): Json {
  if (!(error instanceof PostbackError)) throw error;
  const { code, line, column, path, message, notification } = error;
  expect(message).toMatch(/\.$/);
  expect(message).toContain(`line ${String(line)}, column ${String(column)}${path === '' ? '.' : ` (${path})`}`);
  return { code, line, column, path, ...(notification === undefined ? {} : { notification: asJson(notification) }) };
}

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
