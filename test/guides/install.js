// Installs what each guide about the files of MMS needs into a folder of its own, and prints the folder. Not
// devDependencies, because the AWS SDK, an S3 server and a queue have about 80 MB.

import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { installPage } from '../helpers/install-page.js';

const root = resolve(import.meta.dirname, '../..');
const folder = join(tmpdir(), 'mo-postback-guides');
for (const file of readdirSync(join(root, 'docs/guides'))) {
  if (file.startsWith('media-')) installPage(`docs/guides/${file}`, join(folder, file.replace('.md', '')));
}
console.log(folder);
