// Installs the servers that test/stores starts, if they are missing, as Debian packages. Does not start their services.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const has = (...files) => files.some((file) => existsSync(file));
const packages = [
  ...(has('/usr/bin/redis-server', '/usr/local/bin/redis-server') ? [] : ['redis-server']),
  ...(has('/usr/lib/postgresql') ? [] : ['postgresql']),
];
if (packages.length > 0) {
  const options = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' } };
  execFileSync('apt-get', ['update', '-qq'], options);
  execFileSync('apt-get', ['install', '-qq', '-y', '--no-install-recommends', ...packages], options);
}
