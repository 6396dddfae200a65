// Saves files with saveFiles. Prints how much memory the process used above its start.

import { setInterval } from 'node:timers';
import { saveFiles } from '../../dist/media/node.js';

const [directory, ...files] = process.argv.slice(2);
const start = process.memoryUsage.rss();
let peak = start;
setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 5).unref();
const { files: results } = await saveFiles(
  { files },
  { directory, allowAddresses: ['127.0.0.1'], maxFileBytes: Infinity, maxTotalBytes: Infinity },
);
for (const { error } of results) if (error !== undefined) throw error;
console.log(String(peak - start));
