// easysax, with handlers that only count. It decodes references and attributes only if a handler asks for it.

import EasySax from 'easysax';

export const makesNoMessages = true;

export function parsePostback(xml) {
  let count = 0;
  const onEvent = () => {
    count++;
  };
  const parser = new EasySax();
  for (const event of ['startNode', 'textNode', 'cdata', 'endNode', 'error']) parser.on(event, onEvent);
  parser.parse(xml);
  return count;
}

export { parsePostback as parseBundle };
