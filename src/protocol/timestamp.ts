// Times on the wire. Their forms: docs/protocol.md, "Times".

// What providers write: RFC 3339, or a database's form (a blank, an offset of hours only). The offset is optional.
const USUAL = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?$/;
// What others write: no seconds, a comma before the fraction, a blank before the offset, the suffixes of RFC 9557.
const UNUSUAL = /* @__PURE__ */ new RegExp(
  String.raw`^(?<date>\d{4}-\d\d-\d\d)[Tt ](?<time>\d\d:\d\d)` +
    String.raw`(?:(?<seconds>:\d\d)(?:[.,](?<fraction>\d+))?)?` +
    String.raw`(?: ?(?<offset>[Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)(?:\[!?[\w/+=.:-]+\])*)?$`,
);
// RFC 2822, 3.3 and 4.3. The day of the week is ignored, and a comment may follow.
const MAIL = /* @__PURE__ */ new RegExp(
  String.raw`^(?:[A-Za-z]{3},\s*)?(?<day>\d{1,2})\s+(?<month>[A-Za-z]{3})\s+(?<year>\d{4})\s+` +
    String.raw`(?<time>\d\d:\d\d)(?<seconds>:\d\d)?(?:\s+(?<offset>[+-]\d{4}|[A-Z]{1,3}))?(?:\s*\([^()]*\))?$`,
);
const OFFSET = /^(?:[Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)$/;

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec';
// The names of RFC 2822, 4.3. Its military zones are not among them: it says that they were used with both signs.
const ZONES: Readonly<Record<string, string>> = {
  UT: 'Z',
  UTC: 'Z',
  GMT: 'Z',
  EST: '-05',
  EDT: '-04',
  CST: '-06',
  CDT: '-05',
  MST: '-07',
  MDT: '-06',
  PST: '-08',
  PDT: '-07',
};

const DOT = 0x2e;
const MINUS = 0x2d;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * Parses a time. Returns `'no offset'` if it has no UTC offset and there is no `defaultOffset`: such an instant is
 * unknown, and is never guessed from the server's time zone. Returns `undefined` if it is not a valid time.
 */
export function parseTimestamp(text: string, defaultOffset?: string): Date | 'no offset' | undefined {
  if (USUAL.test(text)) return parseUsual(text, defaultOffset);
  const usual = usualForm(text);
  return USUAL.test(usual) ? parseUsual(usual, defaultOffset) : undefined;
}

/** Parses a time in a form that providers write. */
function parseUsual(text: string, defaultOffset: string | undefined): Date | 'no offset' | undefined {
  // The pattern fixes where the digits are. Reading them with groups would take 10 % of the time to read a short SMS.
  const year = 100 * twoDigits(text, 0) + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  let end = 19;
  let milliseconds = 0;
  if (text.charCodeAt(end) === DOT) {
    for (let worth = 100; isDigit(text, ++end); worth = Math.trunc(worth / 10))
      milliseconds += worth * digit(text, end);
  }
  const days = daysSince1970(year, month, day);
  if (month < 1 || month > 12 || day < 1) return undefined;
  if (day > 28 && days >= daysSince1970(year, month + 1, 1)) return undefined;
  // RFC 3339, 5.6: a leap second is second 60.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const hasOffset = end < text.length;
  const offset = hasOffset ? text : defaultOffset && usualOffset(defaultOffset);
  if (offset === undefined) return 'no offset';
  const ahead = minutesAt(offset, hasOffset ? end : 0);
  if (ahead === undefined) return undefined;
  return new Date(DAY * days + MINUTE * (60 * hour + minute - ahead) + 1000 * second + milliseconds);
}

/** A time of another form in the usual one. The result does not match `USUAL` if it is not a time. */
function usualForm(text: string): string {
  const { groups = {} } = UNUSUAL.exec(text) ?? MAIL.exec(text) ?? {};
  const { date, year, month = '', day = '', time, seconds = ':00', fraction = '0', offset = '' } = groups;
  const number = MONTHS.indexOf(month.toLowerCase()) / 4 + 1;
  const dateOfMail = `${year}-${String(number).padStart(2, '0')}-${day.padStart(2, '0')}`;
  return `${date ?? dateOfMail}T${time}${seconds}.${fraction}${usualOffset(offset)}`;
}

function usualOffset(offset: string): string {
  return ZONES[offset] ?? offset;
}

/**
 * Date.UTC is not used: it takes twice as long (3 % of the time to read a bundle), and reads the years 0 to 99 as 1900
 * to 1999. Years start in March here, so that the leap day is last, as in
 * https://www.rfc-editor.org/rfc/rfc3339#appendix-B.
 */
function daysSince1970(year: number, month: number, day: number): number {
  const isEarly = month < 3;
  const years = isEarly ? year - 1 : year;
  const months = isEarly ? month + 9 : month - 3;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  // Each five months from March on, and from August on, have 153 days. 0000-03-01 is 719 468 days before 1970-01-01.
  return 365 * years + leapDays + Math.floor((153 * months + 2) / 5) + day - 719_469;
}

/**
 * The minutes of an offset from UTC (`Z`, `UTC`, `GMT`, `-04`, `-0400`, `-04:00`). `undefined` if it is not valid.
 */
export function offsetMinutes(offset: string): number | undefined {
  return OFFSET.test(offset) ? minutesAt(usualOffset(offset), 0) : undefined;
}

/** The minutes of the offset that starts at an index. A pattern has already checked its form. */
function minutesAt(text: string, at: number): number | undefined {
  const length = text.length - at;
  if (length === 1) return 0;
  const hours = twoDigits(text, at + 1);
  const minutes = length === 3 ? 0 : twoDigits(text, text.length - 2);
  if (hours > 23 || minutes > 59) return undefined;
  return (text.charCodeAt(at) === MINUS ? -1 : 1) * (60 * hours + minutes);
}

function twoDigits(text: string, at: number): number {
  return 10 * digit(text, at) + digit(text, at + 1);
}

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - 0x30;
}

function isDigit(text: string, at: number): boolean {
  const value = digit(text, at);
  return value >= 0 && value <= 9;
}
