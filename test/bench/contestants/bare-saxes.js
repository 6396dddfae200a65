// saxes, which mo-postback uses: no parser based on it can be faster.

import { SaxesParser } from 'saxes';
import { counted } from '../counted.js';

export const { makesNoMessages, parsePostback, parseBundle } = counted(
  ['opentag', 'text', 'cdata', 'closetag', 'error'],
  () => new SaxesParser(),
  (parser, xml) => parser.write(xml).close(),
);
