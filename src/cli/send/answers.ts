// How the answer to a postback is shown, or why there was none.

import type { DeliveryAttempt } from '../../testing/deliver.ts';
import { reasonOf } from '../failure.ts';
import { printable } from '../terminal.ts';

// Enough for an error message.
const MAX_SHOWN_LENGTH = 200;

/** The status of an attempt, or why it has none. */
export function answerOf({ status, error }: DeliveryAttempt): string {
  return error ?? String(status);
}

/** The words for the error of an attempt. `undefined` if there is no error, or none are known. */
export function errorWords({ error }: DeliveryAttempt): string | undefined {
  if (error === undefined) return undefined;
  const words = reasonOf({ code: error });
  return words === error ? undefined : words;
}

/** The answer, with its text only if that is a code: `200`, `400 MISSING_FIELD`, `TIMEOUT: no answer in time`. */
export function answerLabel(attempt: DeliveryAttempt): string {
  const answer = answerOf(attempt);
  const words = errorWords(attempt);
  if (words !== undefined) return `${answer}: ${words}`;
  const text = answerText(attempt);
  return /^[A-Z_]+$/.test(text) ? `${answer} ${text}` : answer;
}

/** The answer and its text: `400 the file is missing`. */
export function answerSummary(attempt: DeliveryAttempt): string {
  const text = answerText(attempt);
  return text === '' ? answerLabel(attempt) : `${answerOf(attempt)} ${text}`;
}

/** The start of an answer's text, on one line. Empty for 200. */
export function answerText({ status, answer = '' }: DeliveryAttempt): string {
  if (status === 200) return '';
  return HTML.test(answer) ? htmlText(answer) : onOneLine(answer);
}

const HTML =
  /<(?:!doctype\s+html|(?:a|b|body|br|center|div|h[1-6r]|head|html|meta|p|pre|script|span|style|table|title)[\s/>])/i;
// Comments, and elements whose content is not shown. Without an end they reach to the end of the text: each character
// is then read only once.
const HIDDEN = /<!--[^]*?(?:-->|$)|<(script|style)\b[^]*?(?:(?=<\/\1)|$)/gi;
const TAG = /<[a-z!?/][^>]*(?:>|$)/gi;

/** The title of a page, or else its text. */
function htmlText(html: string): string {
  const shown = html.replace(HIDDEN, ' ');
  const [, title = ''] = /<title(?:\s[^<>]*)?>([^<]*)/i.exec(shown) ?? [];
  if (title.trim() === '') return onOneLine(shown.replace(TAG, ' '));
  return `HTML page "${onOneLine(title, MAX_SHOWN_LENGTH - 'HTML page ""'.length)}"`;
}

function onOneLine(text: string, maxLength = MAX_SHOWN_LENGTH): string {
  const line = printable(text)
    .replace(/[\s\uFFFD]+/g, ' ')
    .trim();
  if (line.length <= maxLength) return line;
  // Not half of a surrogate pair.
  return `${line.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
