// The parser's options, their defaults, and what is wrong with a wrong one.

import { offsetMinutes } from './protocol/timestamp.ts';

/** Options of every parsing function and class. A limit of `Infinity` is none. */
export interface PostbackOptions {
  /** Most bytes of a document, UTF-16 units of a string. More is `TOO_LARGE`. Default 8 MiB. */
  readonly maxBytes?: number | undefined;
  /**
   * Most UTF-16 units of decoded text (never more than its bytes) since the last notification's end, whatever they are
   * made of: this bounds the parser's memory. More is `TOO_LARGE`. Default 1 MiB.
   */
  readonly maxNotificationLength?: number | undefined;
  /** Most elements, or JSON's objects and lists, open at a time. More is `TOO_DEEP`. Default 16. */
  readonly maxDepth?: number | undefined;
  /** Most notifications of a document. More is `TOO_MANY_NOTIFICATIONS`. Default 1 000. */
  readonly maxNotifications?: number | undefined;
  /** Most elements of a notification, those in elements counted, FILEs of CONTENT not. More is `TOO_MANY_FIELDS`. Default 256. */
  readonly maxFields?: number | undefined;
  /** Most FILEs of a notification. More is `TOO_MANY_FILES`. Default 256. */
  readonly maxFiles?: number | undefined;
  /**
   * The charset that the transport names (Content-Type's), by any label of the WHATWG Encoding Standard for UTF-8,
   * UTF-16 or Windows-1252. A byte order mark goes before it; it goes before what the document says of itself.
   * Does nothing for a string, which is text already.
   */
  readonly encoding?: string | undefined;
  /** The offset of times that are sent without one, as in `'-05:00'`. Without it such a time is `INVALID_FIELD`. */
  readonly defaultOffset?: string | undefined;
  /**
   * Read what a careless sender wrote: an `&` that begins no reference is itself, an undefined entity stays as written,
   * a forbidden character becomes U+FFFD. Each mend is a warning. CDATA, comments and the document's structure are
   * never touched, and no more than 10 000 places of a document are mended. Default `false`; receivers default to `true`.
   */
  readonly recover?: boolean | undefined;
}

const DEFAULT_LIMITS: Readonly<Record<Limit, number>> = {
  maxBytes: 8 * 1024 * 1024,
  maxNotificationLength: 1024 * 1024,
  maxDepth: 16,
  maxNotifications: 1000,
  maxFields: 256,
  maxFiles: 256,
};

type Limit = 'maxBytes' | 'maxNotificationLength' | 'maxDepth' | 'maxNotifications' | 'maxFields' | 'maxFiles';

/** {@link PostbackOptions} with its defaults filled in. */
export interface Settings extends Readonly<Record<Limit, number>> {
  readonly encoding: string | undefined;
  readonly defaultOffset: string | undefined;
  readonly recover: boolean;
}

const DEFAULTS: Settings = { ...DEFAULT_LIMITS, encoding: undefined, defaultOffset: undefined, recover: false };

/**
 * Checks options and fills in the defaults.
 * @throws TypeError or RangeError that names the option.
 */
export function resolveOptions(options: PostbackOptions | undefined): Settings {
  if (options === undefined) return DEFAULTS;
  requireOptions(options);
  return {
    maxBytes: limit(options, 'maxBytes'),
    maxNotificationLength: limit(options, 'maxNotificationLength'),
    maxDepth: limit(options, 'maxDepth'),
    maxNotifications: limit(options, 'maxNotifications'),
    maxFields: limit(options, 'maxFields'),
    maxFiles: limit(options, 'maxFiles'),
    encoding: optionalString(options, 'encoding'),
    defaultOffset: offset(options),
    recover: flag(options, 'recover'),
  };
}

/**
 * What was given as options.
 * @throws TypeError for what is no object
 */
export function requireOptions<Options extends object>(options: Options): Options {
  if (typeof (options as unknown) === 'object' && (options as unknown) !== null) return options;
  throw new TypeError('options: expected an object');
}

function limit(options: PostbackOptions, name: Limit): number {
  const value = options[name] ?? DEFAULT_LIMITS[name];
  if (typeof value !== 'number') throw new TypeError(`options.${name}: expected a number, got ${typeof value}`);
  if (value !== Infinity && !(Number.isSafeInteger(value) && value > 0)) {
    throw new RangeError(`options.${name}: expected a whole number above 0, or Infinity, got ${value}`);
  }
  return value;
}

function optionalString(options: PostbackOptions, name: 'encoding' | 'defaultOffset'): string | undefined {
  const value: unknown = options[name];
  if (value !== undefined && typeof value !== 'string') {
    throw new TypeError(`options.${name}: expected a string, got ${typeof value}`);
  }
  return value;
}

function offset(options: PostbackOptions): string | undefined {
  const value = optionalString(options, 'defaultOffset');
  if (value !== undefined && offsetMinutes(value) === undefined) {
    throw new RangeError(
      `options.defaultOffset: expected an offset as in '-05:00' or 'Z', got ${JSON.stringify(value)}`,
    );
  }
  return value;
}

function flag(options: PostbackOptions, name: 'recover'): boolean {
  const value: unknown = options[name] ?? false;
  if (typeof value !== 'boolean') throw new TypeError(`options.${name}: expected a boolean, got ${typeof value}`);
  return value;
}
