// The parser's options, their defaults, and the errors for wrong ones.

import { nearestName } from './nearest-name.ts';
import { offsetMinutes } from './protocol/timestamp.ts';

/** Options of every parsing function and class. `Infinity` turns a limit off. */
export interface PostbackOptions {
  /**
   * Maximum number of bytes of a document; for a string, of UTF-16 units. Error: `TOO_LARGE`. Default 8 MiB; in
   * receivers 2 MiB.
   */
  readonly maxBytes?: number | undefined;
  /**
   * Maximum number of UTF-16 units since the end of the previous notification, comments and white space included. This
   * bounds the parser's memory. Error: `TOO_LARGE`. Default 1 Mi (1 048 576).
   */
  readonly maxNotificationLength?: number | undefined;
  /** Maximum depth of nested elements, or of nested objects and lists in JSON. Error: `TOO_DEEP`. Default 16. */
  readonly maxDepth?: number | undefined;
  /** Maximum number of notifications in a document. Error: `TOO_MANY_NOTIFICATIONS`. Default 1 000. */
  readonly maxNotifications?: number | undefined;
  /**
   * Maximum number of elements in a notification, at any depth, without the FILEs of CONTENT. Error: `TOO_MANY_FIELDS`.
   * Default 256.
   */
  readonly maxFields?: number | undefined;
  /** Maximum number of FILEs in a notification. Error: `TOO_MANY_FILES`. Default 256. */
  readonly maxFiles?: number | undefined;
  /**
   * The charset that the transport names, as in Content-Type: a label of the WHATWG Encoding Standard. UTF-8, UTF-16
   * and Windows-1252 are known everywhere, others if the platform's `TextDecoder` knows them. Only a byte order mark
   * has priority over it. Ignored for a string, which is already decoded.
   */
  readonly encoding?: string | undefined;
  /** The UTC offset of times that have none, for example `'-05:00'`. Without it such a time is `INVALID_FIELD`. */
  readonly defaultOffset?: string | undefined;
  /**
   * The time of messages whose time is missing or unreadable, for example when the document arrived. Each such message
   * has the warning `UNREADABLE_TIME`. Without it they are `MISSING_FIELD` or `INVALID_FIELD`. Receivers set it to the
   * arrival of the request.
   */
  readonly fallbackTime?: Date | undefined;
  /**
   * Read what careless senders write as what it most likely means: a stray `&` or `<` in a text, forbidden characters,
   * bytes that are not valid in their encoding, unknown charsets and more; all of them are in docs/protocol.md. Each
   * repair is a warning. Comments and the document's structure are never changed, and at most 10 000 places of a
   * document are repaired. Default `false`; in receivers `true`.
   */
  readonly recover?: boolean | undefined;
}

type Limit = 'maxBytes' | 'maxNotificationLength' | 'maxDepth' | 'maxNotifications' | 'maxFields' | 'maxFiles';

/** {@link PostbackOptions} with defaults. */
export interface Settings extends Readonly<Record<Limit, number>> {
  /**
   * Maximum number of elements, and of attributes of unknown elements, in a document. No option: only receivers have
   * it, because they keep a document until all of its callbacks are done.
   */
  readonly maxElements: number;
  readonly encoding: string | undefined;
  readonly defaultOffset: string | undefined;
  readonly fallbackTime: Date | undefined;
  readonly recover: boolean;
}

/**
 * The options of the parser, then those of receivers. All functions know both, so that one object can serve a handler
 * and a parser.
 */
export const OPTION_NAMES = [
  'maxBytes',
  'maxNotificationLength',
  'maxDepth',
  'maxNotifications',
  'maxFields',
  'maxFiles',
  'encoding',
  'defaultOffset',
  'fallbackTime',
  'recover',
  'onSms',
  'onMms',
  'onOther',
  'onReject',
  'onError',
  'authorize',
  'dedupe',
  'contentKeys',
  'keyPrefix',
  'dedupeWindowMs',
  'bodyTimeoutMs',
  'ackTimeoutMs',
  'callbackTimeoutMs',
  'storeTimeoutMs',
  'leaseMs',
  'concurrency',
  'maxInFlight',
  'maxInFlightBytes',
  'successResponse',
] as const;

/** The defaults of the parser. */
export const DEFAULTS: Settings = {
  maxBytes: 8 * 1024 * 1024,
  maxNotificationLength: 1024 * 1024,
  maxDepth: 16,
  maxNotifications: 1000,
  maxFields: 256,
  maxFiles: 256,
  maxElements: Infinity,
  encoding: undefined,
  defaultOffset: undefined,
  fallbackTime: undefined,
  recover: false,
};

/**
 * The settings for one document, with its encoding and the time for messages without one. Without a spread: V8 would
 * give each result a hidden class of its own, and everything that reads it would be slow.
 */
export function settingsFor(
  settings: Settings,
  encoding: string | undefined,
  fallbackTime: Date | undefined,
): Settings {
  const { maxBytes, maxNotificationLength, maxDepth, maxNotifications, maxFields, maxFiles, maxElements } = settings;
  const { defaultOffset, recover } = settings;
  return {
    maxBytes,
    maxNotificationLength,
    maxDepth,
    maxNotifications,
    maxFields,
    maxFiles,
    maxElements,
    encoding,
    defaultOffset,
    fallbackTime,
    recover,
  };
}

/**
 * Checks the parser's options and adds the defaults.
 * @throws TypeError or RangeError that names the option
 */
export function resolveOptions(options: PostbackOptions | undefined, defaults: Settings = DEFAULTS): Settings {
  if (options === undefined) return defaults;
  requireOptions(options, OPTION_NAMES);
  return {
    maxBytes: limit(options, 'maxBytes', defaults),
    maxNotificationLength: limit(options, 'maxNotificationLength', defaults),
    maxDepth: limit(options, 'maxDepth', defaults),
    maxNotifications: limit(options, 'maxNotifications', defaults),
    maxFields: limit(options, 'maxFields', defaults),
    maxFiles: limit(options, 'maxFiles', defaults),
    maxElements: defaults.maxElements,
    encoding: optionalString(options, 'encoding'),
    defaultOffset: offset(options),
    fallbackTime: time(options),
    recover: flag(options, defaults),
  };
}

/**
 * Returns the options that were given.
 * @throws TypeError if they are not an object, or if one of them is unknown. An unknown one without a value is allowed
 */
export function requireOptions<Options extends object>(
  options: Options,
  known: readonly string[],
  argument = 'options',
): Options {
  if (typeof (options as unknown) !== 'object' || (options as unknown) === null) {
    throw new TypeError(`${argument}: expected an object`);
  }
  if (Array.isArray(options)) throw new TypeError(`${argument}: expected an object, got an array`);
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !known.includes(name)) {
      const given = /^\w{1,50}$/.test(name) ? `${argument}.${name}` : `${argument}[${shown(name)}]`;
      throw new TypeError(`${given}: unknown option. ${suggestion(name, known)}`);
    }
  }
  return options;
}

/** A wrong value in an error message: the start of a text, otherwise only its type. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 50)) : typeName(value);
}

/** The type of a value, for error messages. */
export function typeName(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

/** What to write instead of an unknown name. */
export function suggestion(given: unknown, known: readonly string[]): string {
  const nearest = typeof given === 'string' ? nearestName(given, known) : undefined;
  return nearest === undefined ? `Expected one of ${known.join(', ')}.` : `Did you mean ${nearest}?`;
}

function limit(options: PostbackOptions, name: Limit, defaults: Settings): number {
  return countOption(options, name, defaults[name]);
}

type Numbers<Name extends string> = Readonly<Partial<Record<Name, number | undefined>>>;

/**
 * Returns an option that is a number.
 * @throws TypeError that names the option
 */
export function numberOption<Name extends string>(options: Numbers<Name>, name: Name, byDefault: number): number {
  const { [name]: value = byDefault }: Readonly<Partial<Record<Name, unknown>>> = options;
  if (typeof value !== 'number') throw new TypeError(`options.${name}: expected a number, got ${typeName(value)}`);
  return value;
}

/**
 * Returns an option that is a whole number above 0, or Infinity.
 * @throws TypeError, or an error of the given class for a number that is out of range; the message names the option
 */
export function countOption<Name extends string>(
  options: Numbers<Name>,
  name: Name,
  byDefault: number,
  OutOfRange: ErrorConstructor = RangeError,
): number {
  const value = numberOption(options, name, byDefault);
  if (value === Infinity || (Number.isSafeInteger(value) && value > 0)) return value;
  throw new OutOfRange(`options.${name}: expected a whole number above 0, or Infinity, got ${value}`);
}

function optionalString(options: PostbackOptions, name: 'encoding' | 'defaultOffset'): string | undefined {
  const value: unknown = options[name];
  if (value !== undefined && typeof value !== 'string') {
    throw new TypeError(`options.${name}: expected a string, got ${typeName(value)}`);
  }
  return value;
}

function offset(options: PostbackOptions): string | undefined {
  const value = optionalString(options, 'defaultOffset');
  if (value !== undefined && offsetMinutes(value) === undefined) {
    throw new RangeError(
      `options.defaultOffset: expected an offset such as '-05:00' or 'Z', got ${JSON.stringify(value)}`,
    );
  }
  return value;
}

function time({ fallbackTime }: PostbackOptions): Date | undefined {
  if (fallbackTime === undefined) return undefined;
  if (!((fallbackTime as unknown) instanceof Date)) {
    throw new TypeError(`options.fallbackTime: expected a Date, got ${typeName(fallbackTime)}`);
  }
  if (Number.isNaN(fallbackTime.getTime())) throw new RangeError('options.fallbackTime: expected a valid Date');
  return fallbackTime;
}

function flag(options: PostbackOptions, { recover }: Settings): boolean {
  const { recover: value = recover }: { readonly recover?: unknown } = options;
  if (typeof value !== 'boolean') throw new TypeError(`options.recover: expected a boolean, got ${typeName(value)}`);
  return value;
}
