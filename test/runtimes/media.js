// Runs the scenario with a file system: a content host and a folder are its arguments. Prints the result.

import { scenario } from './media-scenario.js';

const [base, directory] = process.argv.slice(2);
const isNode = globalThis.Bun === undefined && globalThis.Deno === undefined;
const allowed = isNode ? { allowAddresses: ['127.0.0.1'] } : { allowHosts: ['127.0.0.1'] };
console.log(JSON.stringify(await scenario(base, allowed, directory)));
process.exit();
