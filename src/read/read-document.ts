// A whole document -> the results of its notifications.

import type { PostbackResult } from '../errors.ts';
import type { Settings } from '../options.ts';
import type { OnNotification } from './assembler.ts';
import { DocumentParser } from './document-parser.ts';
import { readFast } from './fast-lanes.ts';
import { readNotification } from './interpret.ts';

/**
 * Reads a whole document.
 * @throws PostbackError with a document code
 * @throws TypeError if `source` is neither a string nor bytes
 */
export function readDocument(
  source: string | Uint8Array,
  settings: Settings,
  onNotification: OnNotification = (notification, fail) => readNotification(notification, fail, settings),
): PostbackResult[] {
  return readFast(source, settings, onNotification) ?? readSlowly(source, settings, onNotification);
}

/** The same for every document, and without the fast lanes. */
export function readSlowly(
  source: string | Uint8Array,
  settings: Settings,
  onNotification: OnNotification,
): PostbackResult[] {
  const results: PostbackResult[] = [];
  const document = new DocumentParser(settings, onNotification, (result) => {
    results.push(result);
  });
  document.write(source, 'source');
  document.close();
  return results;
}
