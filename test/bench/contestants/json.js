// The lower limit: the same messages as JSON, read by the engine itself without any check.

import { parseBundle as messagesOf } from '../../../dist/index.js';

export const makesNoMessages = true;

/** The JSON that is read instead of a document. */
export function sourceOf(document) {
  const messages = messagesOf(document).map(({ data }) => data);
  return JSON.stringify(messages.length === 1 ? messages[0] : messages);
}

export function parsePostback(json) {
  return JSON.parse(json);
}

export { parsePostback as parseBundle };
