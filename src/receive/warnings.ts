// Warnings about the integrator's own code: hooks and stores that fail. Otherwise nothing would say why the provider
// sends again.

// Anybody can cause a failure again and again.
const INTERVAL_MS = 60_000;

const lastTimes = new Map<string, number>();

/** Warns at most once a minute about each subject: as a process warning, or on the console of other platforms. */
export function warn(subject: string, problem: string): void {
  const time = performance.now();
  if (time - (lastTimes.get(subject) ?? -Infinity) < INTERVAL_MS) return;
  lastTimes.set(subject, time);
  const message = `${subject} ${problem}`;
  const { process } = globalThis as NodeGlobals;
  if (process?.emitWarning === undefined) console.warn(`mo-postback: ${message}`);
  else process.emitWarning(message, 'MoPostbackWarning');
}

interface NodeGlobals {
  readonly process?: { readonly emitWarning?: (message: string, name: string) => void };
}

/** Warns that something has thrown. */
export function warnOfError(subject: string, error: unknown): void {
  warn(subject, `failed: ${kindOf(error)}`);
}

/** The name and the code of an error. Not its message, which may contain what a person has sent. */
function kindOf(error: unknown): string {
  try {
    const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
    return `${isWord(name) ? name : typeof error}${isWord(code) ? ` (${code})` : ''}`;
  } catch {
    return typeof error;
  }
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^\w{1,60}$/.test(value);
}
