import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: [
    // What package.json exports, and the command.
    'src/{index,stream,authorize,keywords}.ts',
    'src/media/{node,deno,bun,fetch-only}.ts',
    'src/use/*.ts',
    'src/dedupe/{memory,redis,postgres}.ts',
    'src/testing/index.ts',
    'src/cli/{index.ts,start.js}',
    'test/**/*.test.ts',
    // Started as separate processes.
    'docs/examples/*.js',
    'test/bench/*.js',
    'test/bench/contestants/*.js',
    'test/faults/*.js',
    'test/media/*.js',
    'test/guides/*.js',
    'test/{long,mutation}/*.{js,ts}',
    'test/runtimes/*.js',
    'test/duplicates/*.js',
    'test/strangers/*.js',
  ],
  project: ['src/**/*.{ts,js}', 'test/**/*.{ts,js}', '*.ts', '*.js'],
  // Run by path, from test/package.test.ts, or loaded by an alias or a name that is made at run time.
  ignoreDependencies: ['@arethetypeswrong/cli', '@stryker-mutator/vitest-runner', 'publint', 'fast-check3'],
  ignoreBinaries: ['apt-get', 'mkfifo', 'mount', 'openssl', 'prlimit', 'script', 'sha256sum', 'umount', 'unshare'],
};

export default config;
