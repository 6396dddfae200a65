import sax from 'sax';
import { Tree, integrated } from '../integrator.js';

export const { parsePostback, parseBundle } = integrated((xml) => {
  const tree = new Tree();
  const parser = sax.parser(true, { strictEntities: true });
  parser.onopentag = ({ name, attributes }) => tree.open(name, attributes);
  parser.onclosetag = (name) => tree.close(name);
  parser.ontext = (text) => tree.text(text);
  parser.oncdata = (text) => tree.text(text);
  parser.ondoctype = () => {
    throw new Error('document type declaration');
  };
  parser.onerror = (error) => {
    throw error;
  };
  parser.write(xml).close();
  return tree.root;
});
