// Messages -> postbacks, as the provider of each generation writes them: docs/protocol.md, "Generations".

import { requireOptions } from '../options.ts';
import { FORMATS, requireGeneration } from '../protocol/generations.ts';
import type { Generation, GenerationFormat } from '../protocol/generations.ts';
import { writeJson } from './json.ts';
import { checkedMessage } from './message-input.ts';
import type { MoMessageInput } from './message-input.ts';
import { partsOf } from './parts.ts';
import type { Parts } from './parts.ts';
import { requireSameWhenRead } from './read-back.ts';
import { writeXml } from './xml.ts';

export type { Generation } from '../protocol/generations.ts';
export type { MmsMoInput, MoMessageInput, SmsMoInput } from './message-input.ts';

/** Options of {@link serializePostback}. */
export interface SerializeOptions {
  /** Default `'G3'`, the last generation of XML with upper-case names. */
  readonly generation?: Generation | undefined;
}

/**
 * Writes a message as a postback of one generation: XML, or JSON for G5. Parsing the result returns the same message,
 * except for `receivedAtRaw`: times are written in the generation's own form, in UTC. Only G1 has an envelope.
 *
 * @throws PostbackError `UNREPRESENTABLE` if the generation has no field for a property, or cannot represent its value.
 *   `path` names the property; line and column are positions in its text
 * @throws TypeError or RangeError if the message or an option is invalid; the error message names the property
 */
export function serializePostback(message: MoMessageInput, options: SerializeOptions = {}): string {
  const { generation = 'G3' } = requireOptions(options, ['generation']);
  requireGeneration(generation);
  return writeDocument([checkedParts(message, generation, 'message', '')], FORMATS[generation]);
}

/**
 * Writes messages as one bundle: a postback of G1, the only generation with bundles. The provider's bundles contain up
 * to 300 messages.
 *
 * @throws PostbackError `UNREPRESENTABLE`, as {@link serializePostback} does for G1; `path` starts with the message's
 *   index
 * @throws TypeError or RangeError if `messages` is not a list, or is empty, or contains an invalid message
 */
export function serializeBundle(messages: readonly MoMessageInput[]): string {
  const given: unknown = messages;
  if (!Array.isArray(given)) throw new TypeError(`messages: expected a list, got ${typeof given}`);
  if (messages.length === 0) throw new RangeError('messages: expected at least one');
  const parts = Array.from(messages, (message, n) => checkedParts(message, 'G1', `messages[${n}]`, `[${n}].`));
  return writeDocument(parts, FORMATS.G1);
}

/** `argument` is the message's name in a TypeError, `prefix` the start of the path in a PostbackError. */
function checkedParts(given: unknown, generation: Generation, argument: string, prefix: string): Parts {
  const message = checkedMessage(given, argument);
  const parts = partsOf(message, generation, prefix);
  const { extra } = parts;
  // An element in `extra` could have the name of a field, for example.
  if (extra.length > 0)
    requireSameWhenRead(writeDocument([parts], FORMATS[generation]), { ...message, extra }, generation, prefix);
  return parts;
}

function writeDocument(messages: readonly Parts[], format: GenerationFormat): string {
  return format.syntax === 'json' ? messages.map(writeJson).join('') : writeXml(messages, format);
}
