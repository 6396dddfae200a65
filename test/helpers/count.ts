// How long tests run, which environment variables may change: see test/long/run.js.

/**
 * The number in an environment variable, or the usual one.
 * @throws Error that names the variable if that is no whole number
 */
export function count(variable: string, usual: number): number {
  const given = process.env[variable];
  if (given === undefined) return usual;
  if (!/^[1-9]\d*$/.test(given)) throw new Error(`${variable}: expected a whole number, got ${given}`);
  return Number(given);
}

/** For tests that kill processes: how many times as often they do it. */
export const timesAsLong: number = count('TIMES_AS_LONG', 1);
