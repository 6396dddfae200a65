// Wire timestamps. The forms seen: docs/protocol.md, "Vocabulary".

// A date and a time of RFC 3339 or of a database (a blank, an hour-only offset), the offset perhaps missing.
const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d(?::?\d\d)?)?$/;
const OFFSET = /^(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)$/;

/**
 * The instant of a timestamp; `'no offset'` where it has none and no `defaultOffset` is given, for such an instant is
 * not known and is never guessed from the server's own time zone; `undefined` where it is no timestamp.
 */
export function parseTimestamp(text: string, defaultOffset?: string): Date | 'no offset' | undefined {
  const parts = TIMESTAMP.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', offset = defaultOffset] = parts;
  // RFC 3339, 5.6: a leap second is written :60.
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const date = new Date(0);
  // Not Date.UTC: it takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  if (offset === undefined) return 'no offset';
  const ahead = offsetMinutes(offset);
  if (ahead === undefined) return undefined;
  date.setUTCHours(Number(hour), Number(minute) - ahead, Number(second), Number(`${fraction}000`.slice(0, 3)));
  return date;
}

/** Minutes ahead of UTC of an offset (`Z`, `-04`, `-0400`, `-04:00`), or `undefined` where it is none. */
export function offsetMinutes(offset: string): number | undefined {
  const parts = OFFSET.exec(offset);
  if (parts === null) return undefined;
  const [, sign, hours = '0', minutes = '0'] = parts;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
