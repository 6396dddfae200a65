import { parseString } from 'xml2js';
import { integrated, refuseDoctype } from '../integrator.js';

const OPTIONS = { explicitArray: false, attrkey: '@' };

export const { parsePostback, parseBundle } = integrated((xml) => {
  refuseDoctype(xml);
  let failure;
  let tree;
  // A new parser for each document. It calls back before it returns.
  parseString(xml, OPTIONS, (error, result) => {
    failure = error;
    tree = result;
  });
  if (failure) throw failure;
  return tree;
});
