// Calls the hooks onReject and onError.

import { nearestName } from '../nearest-name.ts';
import { warn, warnOfError } from './warnings.ts';

/**
 * Resolves to whether the hook has accepted what it was called with. `'failed'` if it throws, or resolves to a string
 * other than `'accepted'`: that is most likely a misspelling, and must not be taken for nothing.
 */
export async function callHook(
  name: 'onReject' | 'onError',
  hook: () => unknown,
): Promise<'accepted' | 'not accepted' | 'failed'> {
  try {
    const result = await hook();
    if (typeof result !== 'string') return 'not accepted';
    if (result === 'accepted') return 'accepted';
    // Any other string may be content of a message.
    const isMisspelt = /^\w{1,10}$/.test(result) && nearestName(result, ['accepted']) !== undefined;
    const given = isMisspelt ? JSON.stringify(result) : 'a string';
    warn(name, `resolved to ${given}. Expected "accepted", or no string.`);
  } catch (error) {
    warnOfError(name, error);
  }
  return 'failed';
}
