// XML text -> repair -> tokens -> notifications. Each stage knows only the next one.

import type { Settings } from '../options.ts';
import type { Assembler } from './assembler.ts';
import type { SourceText } from './source-text.ts';
import type { Tokenizer } from './tokenizer.ts';
import { XmlNotifications } from './xml-notifications.ts';
import { XmlRepair } from './xml-repair.ts';
import { XmlTokens } from './xml-tokens.ts';

/** Reads one document that is XML. */
export function createXmlReader({ maxDepth, recover }: Settings, source: SourceText, assembler: Assembler): Tokenizer {
  const notifications = new XmlNotifications(maxDepth, source, assembler);
  const tokens = new XmlTokens(notifications, source);
  const repair = new XmlRepair(tokens, recover);
  return {
    write(text) {
      // saxes would skip it as a byte order mark. The document's own mark is not part of the text.
      if (source.end === 0 && text.startsWith('\uFEFF')) throw notifications.textOutside(0);
      source.push(text);
      repair.write(text);
    },
    end() {
      repair.end();
      tokens.end();
      notifications.end();
    },
  };
}
