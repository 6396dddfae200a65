export { parseBundle, parsePostback } from '../../../dist/index.js';
