// Mutants that change nothing which a user could notice, each with its reason. `line` is the trimmed line of the code,
// `changes` are its mutants as the command prints them; without it, all of the line.

const SPEED = 'Only faster: the code behind it gives the same result.';

export const UNCHANGED = [
  {
    file: 'src/protocol/timestamp.ts',
    line: 'if (USUAL.test(text)) return parseUsual(text, defaultOffset);',
    changes: ['USUAL.test(text) → false'],
    reason: SPEED,
  },
  {
    file: 'src/protocol/timestamp.ts',
    line: String.raw`const USUAL = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?$/;`,
    changes: [
      String.raw`/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?$/ → /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)(?:[Zz]|[+-]\d\d(?::?\d\d)?)?$/`,
    ],
    reason: 'Without a fraction, it has another form, which is put into the usual one with the fraction 0.',
  },
  {
    file: 'src/protocol/timestamp.ts',
    line: 'if (day > 28 && days >= daysSince1970(year, month + 1, 1)) return undefined;',
    changes: ['day > 28 → true', 'day > 28 → day >= 28'],
    reason: SPEED,
  },
  {
    file: 'src/protocol/timestamp.ts',
    line: "const { date, year, month = '', day = '', time, seconds = ':00', fraction = '0', offset = '' } = groups;",
    changes: [`'' → "Stryker was here!"`],
    reason: 'Month and day are used only if they are there, or the year is not there either, which is not a time.',
  },
  {
    file: 'src/receive/claims.ts',
    line: 'if (isRenewed === false || now() >= leaseEnd) {',
    changes: ['now() >= leaseEnd → now() > leaseEnd'],
    reason: 'The same, except in one instant of a clock that does not stop.',
  },
  {
    file: 'src/receive/claims.ts',
    line: 'if (ttlMs > 0 && (await this.#complete(key, token, ttlMs)) === UNREACHABLE) return false;',
    changes: ['ttlMs > 0 → ttlMs >= 0'],
    reason: 'The same, except in the millisecond in which the key is forgotten.',
  },
  {
    file: 'src/receive/claims.ts',
    line: '(this.#retryTimer as { unref?: () => void }).unref?.();',
    changes: [
      '(this.#retryTimer as { unref?: () => void }).unref?.() → (this.#retryTimer as {\n  unref?: () => void;\n}).unref()',
    ],
    reason: 'On Node.js, every timer has the method. test:runtimes is for platforms where it is a number.',
  },
  {
    file: 'src/receive/claims.ts',
    line: 'if (isLate) onLate?.(valid);',
    changes: ['onLate?.(valid) → onLate(valid)'],
    reason: 'The request has gone on, and the warning would be the second one of its minute.',
  },
];
