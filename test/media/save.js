// Saves files: the folder, then their URLs.

import { saveFiles } from '../../dist/media/node.js';

const [directory, ...files] = process.argv.slice(2);
const { files: results } = await saveFiles({ files }, { directory, allowAddresses: ['127.0.0.1'] });
for (const { error } of results) if (error !== undefined) throw error;
