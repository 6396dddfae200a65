// Modules of Node.js that some platforms lack. They are looked up at run time: a static import would stop those
// platforms from loading this library.

import type * as DiagnosticsChannel from 'node:diagnostics_channel';
import type * as Zlib from 'node:zlib';

interface Builtins {
  readonly 'node:diagnostics_channel': typeof DiagnosticsChannel;
  readonly 'node:zlib': typeof Zlib;
}

interface NodeGlobals {
  readonly process?: {
    readonly getBuiltinModule?: <Name extends keyof Builtins>(name: Name) => Builtins[Name] | undefined;
  };
}

/** Returns a module of Node.js, on Node.js and compatible platforms. */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  return (globalThis as NodeGlobals).process?.getBuiltinModule?.(name);
}
