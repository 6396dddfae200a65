// Installs what docs/application.md needs into a folder of its own, and prints the folder. Not devDependencies, because
// the database is compiled, which takes a minute.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPage } from '../helpers/install-page.js';

const folder = join(tmpdir(), 'mo-postback-application');
installPage('docs/application.md', folder);
console.log(folder);
