// A whole document -> its results, if it is a usual one.

import type { PostbackResult } from '../errors.ts';
import type { Settings } from '../options.ts';
import { skipXmlWhitespace } from '../protocol/xml-whitespace.ts';
import type { OnNotification } from './assembler.ts';
import { Decoder } from './decode.ts';
import { fitsLimits, giveUp, MAX_LENGTH, unlessGivenUp } from './fast-lane.ts';
import { readFastJson } from './fast-json.ts';
import { readFastXml } from './fast-xml.ts';
import { startsJson } from './json.ts';

/**
 * Reads a document by a fast lane. Returns `undefined` if it has anything unusual in it, an error for example, or needs
 * a repair. `onNotification` may have been called then.
 */
export function readFast(
  source: unknown,
  settings: Settings,
  onNotification: OnNotification,
): PostbackResult[] | undefined {
  const text = typeof source === 'string' ? source : textOf(source, settings);
  if (text === undefined || !fitsLimits(text, settings)) return undefined;
  const read = startsJson(text.charCodeAt(skipXmlWhitespace(text))) ? readFastJson : readFastXml;
  const results = read(text, settings, onNotification);
  if (results !== undefined) lanes.fast++;
  return results;
}

/** How many documents were read here: only for tests. */
export const lanes: { fast: number } = { fast: 0 };

/** The text of bytes that need no repair. */
function textOf(source: unknown, settings: Settings): string | undefined {
  if (!(source instanceof Uint8Array) || source.length > Math.min(settings.maxBytes, MAX_LENGTH)) return undefined;
  const noRepairs = { repaired: giveUp };
  const decoded = unlessGivenUp(() => new Decoder(settings, noRepairs).write(source, true));
  return decoded?.problem === undefined && decoded?.repairs.length === 0 ? decoded.text : undefined;
}
