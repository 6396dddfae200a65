// What only some platforms have, asked for at run time: a static import would keep the others from loading the module.

import type * as Crypto from 'node:crypto';
import type * as DiagnosticsChannel from 'node:diagnostics_channel';
import type * as Zlib from 'node:zlib';

interface Builtins {
  readonly 'node:crypto': typeof Crypto;
  readonly 'node:diagnostics_channel': typeof DiagnosticsChannel;
  readonly 'node:zlib': typeof Zlib;
}

interface Platform {
  readonly process?: {
    readonly getBuiltinModule?: <Name extends keyof Builtins>(name: Name) => Builtins[Name] | undefined;
  };
}

/** A module of Node's own, on Node and on what is compatible with it. */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  return (globalThis as Platform).process?.getBuiltinModule?.(name);
}
