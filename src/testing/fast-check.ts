// fast-check, where it is installed: what does without it is to load without it.

import type * as FastCheck from 'fast-check';

let loaded: typeof FastCheck | undefined;
let reason: unknown;
try {
  // In the CommonJS build a `require`: tsup.config.ts.
  loaded = await import('fast-check');
} catch (error) {
  reason = error;
}

/** @throws Error where it is not installed */
export function fastCheck(): typeof FastCheck {
  if (loaded !== undefined) return loaded;
  throw new Error(
    'mo-postback/testing makes its arbitraries with fast-check, which could not be loaded. Install it: npm install --save-dev fast-check',
    { cause: reason },
  );
}
