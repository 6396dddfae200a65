// Needs a build: `npm run build`.

import { expect, it } from 'vitest';
import { bundleSize, COMMAND_MAX_BYTES, COMMAND_MEDIA_MAX_BYTES, commandSize, LIMITS } from './bundle-size.js';

it.each(LIMITS)('a bundle that imports $name of $entry is at most $maxBytes bytes', async (limit) => {
  expect(await bundleSize(limit)).toBeLessThanOrEqual(limit.maxBytes);
});

it(`the command is at most ${String(COMMAND_MAX_BYTES)} bytes`, () => {
  expect(commandSize('cli')).toBeLessThanOrEqual(COMMAND_MAX_BYTES);
});

it(`what the command loads to save media is at most ${String(COMMAND_MEDIA_MAX_BYTES)} bytes`, () => {
  expect(commandSize('media')).toBeLessThanOrEqual(COMMAND_MEDIA_MAX_BYTES);
});
