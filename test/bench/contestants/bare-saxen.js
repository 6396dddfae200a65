// saxen. It decodes references and attributes only if a handler asks for it.

import { Parser } from 'saxen';
import { counted } from '../counted.js';

export const { makesNoMessages, parsePostback, parseBundle } = counted(
  ['openTag', 'text', 'cdata', 'closeTag', 'error'],
  () => new Parser(),
  (parser, xml) => parser.parse(xml),
);
