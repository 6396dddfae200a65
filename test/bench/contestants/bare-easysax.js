// easysax. It decodes references and attributes only if a handler asks for it.

import EasySax from 'easysax';
import { counted } from '../counted.js';

export const { makesNoMessages, parsePostback, parseBundle } = counted(
  ['startNode', 'textNode', 'cdata', 'endNode', 'error'],
  () => new EasySax(),
  (parser, xml) => parser.parse(xml),
);
