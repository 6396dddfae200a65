// Needs a build: `npm run build`.

import { expect, it } from 'vitest';
import { bundleSize, COMMAND_MAX_BYTES, commandSize, LIMITS } from './bundle-size.js';

it.each(LIMITS)('a bundle that imports $name of $entry is at most $maxBytes bytes', async (limit) => {
  expect(await bundleSize(limit)).toBeLessThanOrEqual(limit.maxBytes);
});

it(`the command is at most ${String(COMMAND_MAX_BYTES)} bytes`, () => {
  expect(commandSize()).toBeLessThanOrEqual(COMMAND_MAX_BYTES);
});
