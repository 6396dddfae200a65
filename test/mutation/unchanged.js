// Mutants that change nothing which a user could notice, each with its reason. `line` is the trimmed line of the code,
// `changes` are its mutants as the command prints them; without it, all of the line.

const SPEED = 'Only faster: the code behind it gives the same result.';
const MEMORY = 'Only less memory: the result is the same.';
const ABORTED = "Anything but 'already read' is read as 'aborted'.";
const NOT_SHOWN = 'Nobody sees this text: the error is caught, and only its name is shown.';

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
  {
    file: 'src/receive/claims.ts',
    line: "throw new TypeError('claim: expected { state }');",
    reason: NOT_SHOWN,
  },
  {
    file: 'src/receive/answer.ts',
    line: "if (typeof (given as unknown) !== 'object') throw new TypeError('no object');",
    changes: [`'no object' → ""`],
    reason: NOT_SHOWN,
  },
  { file: 'src/receive/body.ts', line: 'chunks = [];', reason: MEMORY },
  { file: 'src/receive/body.ts', line: 'smallChunks = [];', changes: ['[] → ["Stryker was here"]'], reason: MEMORY },
  { file: 'src/receive/body.ts', line: '} else if (smallChunks.push(chunk) === BLOCK_LENGTH) {', reason: MEMORY },
  {
    file: 'src/receive/body.ts',
    line: 'if (first !== undefined && chunks.length === 1) return first;',
    changes: [
      'first !== undefined && chunks.length === 1 → false',
      'first !== undefined → true',
      'first !== undefined → first === undefined',
    ],
    reason: SPEED,
  },
  {
    file: 'src/receive/body.ts',
    line: 'if (done === true || value === undefined) {',
    changes: [
      'done === true || value === undefined → done === true && value === undefined',
      'done === true → false',
      'value === undefined → false',
    ],
    reason: 'A stream has no value exactly when it is done. The compiler does not know that.',
  },
  { file: 'src/receive/body.ts', line: "onLost('aborted');", reason: ABORTED },
  {
    file: 'src/receive/body.ts',
    line: 'stop()?.catch(() => undefined);',
    changes: ['stop()?.catch → stop().catch'],
    reason: 'The iterator of a Node.js stream can be stopped. The compiler does not know that.',
  },
  {
    file: 'src/receive/callback.ts',
    line: 'return onOther?.(notification, context);',
    changes: ['onOther?.(notification, context) → onOther(notification, context)'],
    reason: 'Without onOther, deliveriesOf leaves out other notifications. The compiler does not know that.',
  },
  {
    file: 'src/receive/content.ts',
    line: 'return postback.header === undefined ? postback.headers[name] : postback.header(name);',
    changes: ['postback.header === undefined → true'],
    reason: SPEED,
  },
  { file: 'src/receive/content-coding.ts', line: "onLost('aborted');", reason: ABORTED },
];
