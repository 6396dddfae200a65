// The ways in which generations write a time: docs/protocol.md, "Vocabulary". All are in UTC.

import type { GenerationFormat } from '../protocol/generations.ts';

/** Turns what Date.toISOString returns, with its three fraction digits and `Z`, into the form of a generation. */
const FORMATTERS: Readonly<Record<GenerationFormat['time'], (iso: string) => string>> = {
  database: (iso) => iso.replace('T', ' ').replace('Z', '000+00'),
  offset: (iso) => iso.replace('.000Z', 'Z').replace('Z', '+00:00'),
  microseconds: (iso) => iso.replace('Z', '000+00:00'),
  short: (iso) => iso.replace('.000Z', 'Z'),
};

/** The time in the form of a generation. `undefined` if it is not in the years 0 to 9999. */
export function formatTime(time: Date, { time: form }: GenerationFormat): string | undefined {
  if (Number.isNaN(time.getTime())) return undefined;
  const iso = time.toISOString();
  // Other years have a sign and six digits.
  return /^\d{4}-/.test(iso) ? FORMATTERS[form](iso) : undefined;
}
