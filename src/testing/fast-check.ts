// Loads fast-check if it is installed. Everything but the arbitraries works without it.

import type * as FastCheck from 'fast-check';

let loaded: typeof FastCheck | undefined;
let reason: unknown;
try {
  // The CommonJS build uses `require` instead: see tsup.config.ts.
  loaded = await import('fast-check');
} catch (error) {
  reason = error;
}

/** @throws Error if fast-check is not installed */
export function fastCheck(): typeof FastCheck {
  if (loaded !== undefined) return loaded;
  throw new Error(
    'The arbitraries of mo-postback/testing need fast-check, which could not be loaded. Install it: npm ' +
      'install --save-dev fast-check',
    { cause: reason },
  );
}
