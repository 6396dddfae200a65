import { parse } from 'txml';
import { addChild, integrated, refuseDoctype } from '../integrator.js';

/** It finds only wrong end tags. */
export const checksWellFormedness = false;

const OPTIONS = { keepWhitespace: true, decodeEntities: true, selfClosingTags: [] };

export const { parsePostback, parseBundle } = integrated((xml) => {
  refuseDoctype(xml);
  const root = {};
  for (const node of parse(xml, OPTIONS)) if (typeof node === 'object') addChild(root, node.tagName, valueOf(node));
  return root;
});

function valueOf({ tagName, attributes, children }) {
  let element = tagName === 'NOTIFICATION' ? { '@': attributes } : undefined;
  let text = '';
  for (const child of children) {
    if (typeof child === 'string') text += child;
    else addChild((element ??= {}), child.tagName, valueOf(child));
  }
  return element ?? text;
}
