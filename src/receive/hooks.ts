// Calls the hooks onReject and onError.

import { nearestName } from '../nearest-name.ts';

type HookName = 'onReject' | 'onError';

/**
 * Resolves to whether the hook has accepted what it was called with. `'failed'` if it throws, or resolves to a string
 * other than `'accepted'`: that is most likely a misspelling, and must not be taken for nothing.
 */
export async function callHook(name: HookName, hook: () => unknown): Promise<'accepted' | 'not accepted' | 'failed'> {
  try {
    const result = await hook();
    if (typeof result !== 'string') return 'not accepted';
    if (result === 'accepted') return 'accepted';
    warnOnce(name, result);
  } catch {
    // Its answer says so.
  }
  return 'failed';
}

const warned = new Set<HookName>();

/** Once per hook, because anybody can send what cannot be read. */
function warnOnce(name: HookName, result: string): void {
  if (warned.has(name)) return;
  warned.add(name);
  // Any other string may be content of a message.
  const given = nearestName(result, ['accepted']) === undefined ? 'a string' : JSON.stringify(result);
  const message = `${name} resolved to ${given}. Expected "accepted", or no string.`;
  const { process } = globalThis as NodeGlobals;
  if (process?.emitWarning === undefined) console.warn(`mo-postback: ${message}`);
  else process.emitWarning(message, 'MoPostbackWarning');
}

interface NodeGlobals {
  readonly process?: { readonly emitWarning?: (message: string, name: string) => void };
}
