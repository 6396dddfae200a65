// saxen, with handlers that only count. It decodes references and attributes only if a handler asks for it.

import { Parser } from 'saxen';

export const makesNoMessages = true;

export function parsePostback(xml) {
  let count = 0;
  const onEvent = () => {
    count++;
  };
  const parser = new Parser();
  for (const event of ['openTag', 'text', 'cdata', 'closeTag', 'error']) parser.on(event, onEvent);
  parser.parse(xml);
  return count;
}

export { parsePostback as parseBundle };
