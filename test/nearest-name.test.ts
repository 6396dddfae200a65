import { describe, expect, it } from 'vitest';
import { nearestName } from '../src/nearest-name.ts';
import { OPTION_NAMES } from '../src/options.ts';

describe('nearestName', () => {
  it.each([
    ['maxByte', 'maxBytes'],
    ['onSMS', 'onSms'],
    ['onmms', 'onMms'],
    ['authorise', 'authorize'],
    ['onErorr', 'onError'],
    ['contentKey', 'contentKeys'],
    ['ackTimeout', 'ackTimeoutMs'],
    ['defaultOfset', 'defaultOffset'],
    ['maxInflightBytes', 'maxInFlightBytes'],
    ['dedup', 'dedupe'],
  ])('finds for %s the name %s', (given, meant) => {
    expect(nearestName(given, OPTION_NAMES)).toBe(meant);
  });

  it.each(['', 'timezone', 'onMessageReceived', 'x'.repeat(100_000)])(
    'finds nothing for an option that is not there (case %#)',
    (given) => {
      expect(nearestName(given, OPTION_NAMES)).toBeUndefined();
    },
  );
});
