import { Parser } from 'htmlparser2';
import { Tree, integrated } from '../integrator.js';

/** It accepts any input. */
export const checksWellFormedness = false;

export const { parsePostback, parseBundle } = integrated((xml) => {
  const tree = new Tree();
  const parser = new Parser(
    {
      onopentag: (name, attributes) => tree.open(name, attributes),
      onclosetag: (name) => tree.close(name),
      ontext: (text) => tree.text(text),
      onprocessinginstruction: (name) => {
        if (name === '!DOCTYPE') throw new Error('document type declaration');
      },
    },
    { xmlMode: true },
  );
  parser.end(xml);
  return tree.root;
});
