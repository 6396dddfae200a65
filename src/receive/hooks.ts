// Calls the hooks onReject and onError.

/** Resolves to what a hook resolves to, or to `'failed'` if it throws. */
export async function callHook(hook: () => unknown): Promise<unknown> {
  try {
    return await hook();
  } catch {
    return 'failed';
  }
}
