// Writes equal data as equal text. Content keys are made from it, and written messages are compared by it.

/**
 * Writes data as text: each object as its keys and values, with the keys sorted and absent values left out. Two values
 * have the same text exactly if they hold the same data.
 */
export function canonical(message: unknown): string {
  let text = '';
  // A stack instead of recursion: elements may be nested without limit.
  const left: unknown[] = [message];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null || value instanceof Date) {
      text += JSON.stringify(value);
    } else {
      const entries = Object.entries(value).filter(([, held]) => held !== undefined);
      entries.sort(([a], [b]) => (a < b ? -1 : 1));
      text += Array.isArray(value) ? '[' : '{';
      for (const [key, held] of entries.reverse()) left.push(held, key);
      text += String(entries.length);
    }
    text += ',';
  }
  return text;
}
