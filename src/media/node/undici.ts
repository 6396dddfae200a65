// Loads undici if it is installed.

import type * as Undici from 'undici';

let loaded: typeof Undici | undefined;
let reason: unknown;
try {
  // The CommonJS build uses `require` instead, and the command contains undici: see tsup.config.ts.
  loaded = await import('undici');
} catch (error) {
  reason = error;
}

/** @throws Error if undici is not installed */
export function undici(): Pick<typeof Undici, 'Agent' | 'buildConnector'> {
  if (loaded !== undefined) return loaded;
  throw new Error(
    'On Node.js, mo-postback/media needs undici, which could not be loaded. Install it: npm install undici@7',
    { cause: reason },
  );
}
