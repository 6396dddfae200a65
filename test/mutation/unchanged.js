// Mutants that change nothing which a user could notice, each with its reason.

/** Changes in any line, as patterns of what the command prints. */
export const ALWAYS_UNCHANGED = [
  { change: /^\{\s*return undefined;\s*\} → \{\}$/, reason: 'A function without return returns undefined, too.' },
];

const SPEED = 'Only faster: the code behind it gives the same result.';
const MEMORY = 'Only less memory: the result is the same.';
const ABORTED = "Anything but 'already read' is read as 'aborted'.";
const COMPILER = 'There always is one. The compiler does not know that.';
const CLOCK = 'The same, except in one instant of a clock that does not stop.';
const NODE = 'On Node.js it is there. test:runtimes is for platforms where it is not.';
const GROUPS = 'Only the groups are read, not the match.';
const NOT_SHOWN = 'Nobody sees this text: the error is caught, and only its name is shown.';

/**
 * Changes in one line. `line` is the trimmed line of the code, `changes` are its mutants as the command prints them;
 * without it, all of the line.
 */
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
    reason: CLOCK,
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
  {
    file: 'src/receive/deadline.ts',
    line: 'if (!isPromise(work)) return Promise.resolve(work);',
    changes: ['!isPromise(work) → false'],
    reason: SPEED,
  },
  {
    file: 'src/receive/deadline.ts',
    line: "return typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === 'function';",
    changes: ["typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === 'function' → true"],
    reason: 'Only slower: a value can be awaited, too.',
  },
  {
    file: 'src/receive/deadline.ts',
    line: 'if (!this.#isCancelled && this.#ms <= 2 ** 31 - 1) {',
    changes: ['this.#ms <= 2 ** 31 - 1 → this.#ms < 2 ** 31 - 1'],
    reason: 'One millisecond of 24 days.',
  },
  {
    file: 'src/receive/deadline.ts',
    line: 'if (this.#timer !== undefined) clearTimeout(this.#timer);',
    changes: ['this.#timer !== undefined → true'],
    reason: 'clearTimeout takes undefined, too.',
  },
  {
    file: 'src/receive/dispatch.ts',
    line: 'const copies = copiesIn(claims === undefined ? [] : deliveries);',
    changes: ['[] → ["Stryker was here"]'],
    reason: 'A text is no copy of a message.',
  },
  {
    file: 'src/receive/dispatch.ts',
    line: 'workers === 1 ? work(exchange, queue) : Promise.all(Array.from({ length: workers }, () => work(exchange, queue)));',
    changes: ['workers === 1 → false'],
    reason: SPEED,
  },
  {
    file: 'src/receive/dispatch.ts',
    line: 'if (copies.size === 0) return working;',
    changes: ['copies.size === 0 → false'],
    reason: SPEED,
  },
  {
    file: 'src/receive/dispatch.ts',
    line: 'const waitMs = delivery.notBefore === 0 ? 0 : delivery.notBefore - now();',
    changes: ['delivery.notBefore === 0 → false'],
    reason: SPEED,
  },
  {
    file: 'src/receive/dispatch.ts',
    line: 'if (waitMs > 0) await sleep(waitMs);',
    changes: ['waitMs > 0 → true', 'waitMs > 0 → waitMs >= 0'],
    reason: 'Only slower: by a turn of the event loop.',
  },
  {
    file: 'src/receive/dispatch.ts',
    line: 'if (inFlight.isDraining || now() >= until) {',
    changes: ['now() >= until → now() > until'],
    reason: CLOCK,
  },
  {
    file: 'src/receive/document-start.ts',
    line: 'while (BEFORE_DOCUMENT.includes(bytes[at] ?? -1)) at++;',
    changes: ['-1 → +1'],
    reason: 'Neither is in the list.',
  },
  {
    file: 'src/receive/document-start.ts',
    line: 'return STARTS.includes(bytes[afterSpaceAndMarks(bytes)] ?? -1);',
    changes: ['-1 → +1'],
    reason: 'Neither is in the list.',
  },
  {
    file: 'src/receive/event-loop.ts',
    line: "const isShared = setImmediate !== undefined && /^(?:Node\\.js|Bun|Deno)\\//.test(navigator?.userAgent ?? 'Node.js/20');",
    changes: ['setImmediate !== undefined → true'],
    reason: 'These platforms all have it. The compiler does not know that.',
  },
  {
    file: 'src/receive/event-loop.ts',
    line: 'do due[done++]?.run();',
    changes: ['due[done++]?.run → due[done++].run'],
    reason: 'There is always something to run. The compiler does not know that.',
  },
  {
    file: 'src/receive/event-loop.ts',
    line: 'while (done < due.length && performance.now() < until);',
    changes: ['done < due.length → done <= due.length'],
    reason: 'What is behind the last one is not run.',
  },
  {
    file: 'src/receive/event-loop.ts',
    line: 'if (isShared) atEndOfTurn({ run });',
    changes: ['isShared → true'],
    reason: 'Only slower: without turns, it runs in the next task.',
  },
  {
    file: 'src/receive/events.ts',
    line: 'diagnostics?.subscribe(channel, onEvent);',
    changes: ['diagnostics?.subscribe → diagnostics.subscribe'],
    reason: NODE,
  },
  {
    file: 'src/receive/events.ts',
    line: 'diagnostics?.unsubscribe(channel, onEvent);',
    changes: ['diagnostics?.unsubscribe → diagnostics.unsubscribe'],
    reason: NODE,
  },
  {
    file: 'src/receive/events.ts',
    line: 'if (channel?.hasSubscribers === true) channel.publish({ ...event, durationMs: now() - startedAt });',
    changes: ['channel?.hasSubscribers === true → true', 'channel?.hasSubscribers → channel.hasSubscribers'],
    reason: 'Only faster; and on Node.js there is a channel.',
  },
  {
    file: 'src/receive/exchange.ts',
    line: 'readonly requestId: number = ++requests;',
    changes: ['++requests → --requests'],
    reason: 'It is a number of its own, too.',
  },
  {
    file: 'src/receive/field-choice.ts',
    line: 'if (this.#likely.length < 2) this.#likely.push(value);',
    changes: ['this.#likely.length < 2 → true', 'this.#likely.length < 2 → this.#likely.length <= 2'],
    reason: MEMORY,
  },
  {
    file: 'src/receive/form.ts',
    line: 'for (let start = afterSpaceAndMarks(bytes); start <= text.length;) {',
    changes: ['start <= text.length → start < text.length'],
    reason: 'There is no field behind the end.',
  },
  {
    file: 'src/receive/form.ts',
    line: 'if (equals === -1 || equals >= end) {',
    changes: ['equals >= end → equals > end'],
    reason: 'At the end of a field there is no equals sign.',
  },
  {
    file: 'src/receive/form.ts',
    line: 'for (let at = 0; at < text.length; at++) {',
    changes: ['at < text.length → at <= text.length'],
    reason: 'Nothing is written behind the end of an array of bytes.',
  },
  {
    file: 'src/receive/hooks.ts',
    line: "if (typeof result !== 'string') return 'not accepted';",
    changes: ['\'not accepted\' → ""'],
    reason: 'It is compared with the other two results only.',
  },
  {
    file: 'src/receive/keys.ts',
    line: "return [receivedAtRaw, envelope?.createdAtRaw ?? '', ...others.map(({ text }) => text)].some((time) =>",
    changes: ['\'\' → "Stryker was here!"'],
    reason: 'A text without digits is no time either.',
  },
  {
    file: 'src/receive/multipart.ts',
    line: "choice.add(isNamedXml, { source: content, charset: charsetOf(headers['content-type'] ?? '') });",
    changes: ['\'\' → "Stryker was here!"'],
    reason: 'It has no charset either.',
  },
  {
    file: 'src/receive/multipart.ts',
    line: 'const [, quoted, unquoted] = BOUNDARY.exec(contentType) ?? [];',
    changes: ['[] → ["Stryker was here"]'],
    reason: GROUPS,
  },
  {
    file: 'src/receive/read-request.ts',
    line: 'entries.flatMap((entry) => (entry.success ? entry.item : [])),',
    changes: ['[] → ["Stryker was here"]'],
    reason: 'A text has no key to complete.',
  },
  {
    file: 'src/receive/read-stored.ts',
    line: "const request = { method: 'POST', url: '', headers: byName, remoteAddress: undefined, request: undefined };",
    changes: ['\'\' → "Stryker was here!"', '\'POST\' → ""'],
    reason: 'Nothing reads the method and the URL of a stored body.',
  },
  {
    file: 'src/receive/node-builtins.ts',
    line: 'return (globalThis as NodeGlobals).process?.getBuiltinModule?.(name);',
    changes: [
      '(globalThis as NodeGlobals).process?.getBuiltinModule → (globalThis as NodeGlobals).process.getBuiltinModule',
      '(globalThis as NodeGlobals).process?.getBuiltinModule?.(name) → (globalThis as NodeGlobals).process?.getBuiltinModule(name)',
    ],
    reason: NODE,
  },
  {
    file: 'src/receive/parsed-body.ts',
    line: 'if (isDocument(content.raw, type)) return { ...content, document: { source: text, charset: undefined } };',
    changes: ['isDocument(content.raw, type) → false'],
    reason: SPEED,
  },
  {
    file: 'src/receive/respond.ts',
    line: '} else {',
    changes: ['{\n    exchange.background = undefined;\n  } → {}'],
    reason: SPEED,
  },
  {
    file: 'src/receive/respond.ts',
    line: 'waitUntil?.(background);',
    changes: ['waitUntil?.(background) → waitUntil(background)'],
    reason: 'Its error is caught.',
  },
  { file: 'src/receive/turns.ts', line: "lose('aborted');", changes: ['\'aborted\' → ""'], reason: ABORTED },
  {
    file: 'src/receive/warnings.ts',
    line: 'if (process?.emitWarning === undefined) console.warn(`mo-postback: ${message}`);',
    changes: ['process?.emitWarning → process.emitWarning'],
    reason: NODE,
  },
  {
    file: 'src/receive/warnings.ts',
    line: 'if (time - (lastTimes.get(subject) ?? -Infinity) < INTERVAL_MS) return;',
    changes: [
      'time - (lastTimes.get(subject) ?? -Infinity) < INTERVAL_MS → time - (lastTimes.get(subject) ?? -Infinity) <= INTERVAL_MS',
    ],
    reason: CLOCK,
  },
  {
    file: 'src/authorize.ts',
    line: "const given = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(headers['authorization'] ?? '')?.[1];",
    changes: ['\'\' → "Stryker was here!"'],
    reason: 'No credentials either.',
  },
  {
    file: 'src/authorize.ts',
    line: 'if (given === undefined) return false;',
    changes: ['given === undefined → false'],
    reason: 'atob(undefined) throws.',
  },
  {
    file: 'src/authorize.ts',
    line: '} catch {',
    changes: ['{\n      return false;\n    } → {}'],
    reason: 'Without credentials, they are not the expected ones either.',
  },
  {
    file: 'src/authorize.ts',
    line: "const [path = ''] = url.split(/[?#]/);",
    changes: ['\'\' → "Stryker was here!"'],
    reason: COMPILER,
  },
  {
    file: 'src/authorize.ts',
    line: "const [given, ...others] = at === -1 ? [] : new URLSearchParams(url.slice(at).replace(/#.*$/s, '')).getAll(name);",
    changes: ['at === -1 → false'],
    reason: 'One character of a query has no value.',
  },
  {
    file: 'src/authorize.ts',
    line: "const [given, ...others] = at === -1 ? [] : new URLSearchParams(url.slice(at).replace(/#.*$/s, '')).getAll(name);",
    changes: ['[] → ["Stryker was here"]', '/#.*$/s → /#.*/s'],
    reason: 'That is not the secret; and `.` matches up to the end.',
  },
  {
    file: 'src/authorize.ts',
    line: 'return given !== undefined && others.length === 0 && (await isSecret(given));',
    changes: ['given !== undefined → true'],
    reason: 'Nothing is read as the empty text, which is no secret.',
  },
  {
    file: 'src/authorize.ts',
    line: "const hops = [...(headers['x-forwarded-for']?.split(',') ?? []), remoteAddress ?? ''];",
    changes: ['\'\' → "Stryker was here!"'],
    reason: 'That is no address either.',
  },
  {
    file: 'src/authorize.ts',
    line: 'return false;',
    changes: ['false → true'],
    reason: 'Never reached. The compiler does not know that.',
  },
  {
    file: 'src/address-ranges.ts',
    line: "if (address !== undefined) return [address, address.kind() === 'ipv4' ? 32 : 128];",
    changes: ["address.kind() === 'ipv4' → false", '\'ipv4\' → ""'],
    reason: 'More bits than there are: all of them are compared.',
  },
  {
    file: 'src/address-ranges.ts',
    line: "if (bare.includes('.') && !bare.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(bare)) return undefined;",
    changes: ['\'.\' → ""'],
    reason: 'What has neither a dot nor a colon is refused in the next line.',
  },
  {
    file: 'src/dedupe/memory.ts',
    line: "if (typeof held === 'number' && held > at) return { state: 'done' };",
    changes: ["typeof held === 'number' → true"],
    reason: 'Nothing else is greater than a number.',
  },
  {
    file: 'src/dedupe/memory.ts',
    line: "if (typeof held === 'number' && held > at) return { state: 'done' };",
    changes: ['held > at → held >= at'],
    reason: CLOCK,
  },
  {
    file: 'src/dedupe/memory.ts',
    line: "if (typeof held === 'object' && held.until > at) return { state: 'in-progress' };",
    changes: ['held.until > at → held.until >= at'],
    reason: CLOCK,
  },
  {
    file: 'src/dedupe/memory.ts',
    line: "if (typeof held === 'number' || held.until <= at) return;",
    changes: ['held.until <= at → held.until < at'],
    reason: CLOCK,
  },
  {
    file: 'src/dedupe/memory.ts',
    line: 'const token = String(++tokens);',
    changes: ['++tokens → --tokens'],
    reason: 'Another number, too.',
  },
  {
    file: 'src/dedupe/memory.ts',
    line: "if (lease !== undefined) keys.set(key, { token: '', attempt: lease.attempt, until: -Infinity });",
    changes: ['\'\' → "Stryker was here!"'],
    reason: 'No token is equal to that either.',
  },
  {
    file: 'src/read/assembler.ts',
    line: 'if (this.#warnings.length > 0) {',
    changes: ['this.#warnings.length > 0 → true', 'this.#warnings.length > 0 → this.#warnings.length >= 0'],
    reason: SPEED,
  },
  {
    file: 'src/read/assembler.ts',
    line: 'warnings: this.#warnings.length === 0 ? NO_WARNINGS : [...this.#warnings],',
    changes: ['this.#warnings.length === 0 → false'],
    reason: MEMORY,
  },
  {
    file: 'src/read/binary-string.ts',
    line: 'for (let from = 0; from < units.length; from += 8192)',
    changes: ['from < units.length → from <= units.length'],
    reason: 'An empty block adds nothing.',
  },
  {
    file: 'src/read/binary-string.ts',
    line: 'for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);',
    changes: ['at < text.length → at <= text.length'],
    reason: 'Nothing is written behind the end of an array of bytes.',
  },
  {
    file: 'src/read/decode.ts',
    line: "#encoding = '';",
    changes: ['\'\' → "Stryker was here!"'],
    reason: 'It is set before it is read.',
  },
  {
    file: 'src/read/decode.ts',
    line: 'const input = this.#pending.length === 0 ? bytes : concat(this.#pending, bytes);',
    changes: ['this.#pending.length === 0 → false'],
    reason: SPEED,
  },
  {
    file: 'src/read/decode.ts',
    line: 'if (input.length === 0 && !isLast) return NOTHING;',
    changes: ['input.length === 0 && !isLast → false', '!isLast → isLast'],
    reason: SPEED,
  },
  {
    file: 'src/read/decode.ts',
    line: 'repairs: markLength === 0 ? repairs : repairs.map((index) => index - markLength),',
    changes: ['markLength === 0 → false'],
    reason: SPEED,
  },
  {
    file: 'src/read/decode.ts',
    line: "if (bytes.length < LONGEST_MARK && !isAll) return '';",
    changes: ['bytes.length < LONGEST_MARK → bytes.length <= LONGEST_MARK'],
    reason: 'Only later: it waits for more bytes.',
  },
  {
    file: 'src/read/decode.ts',
    line: 'if (!isUtf16 || !this.#options.recover || bytes[0] === 0 || bytes[1] === 0 || bytes.length < 2) return detected;',
    changes: ['bytes.length < 2 → false', 'bytes.length < 2 → bytes.length <= 2'],
    reason: 'A document of one or two bytes is refused, in each encoding.',
  },
  {
    file: 'src/read/decode.ts',
    line: 'if (DECLARATION_START.some((byte, n) => at + n < bytes.length && bytes[at + n] !== byte)) return undefined;',
    reason: SPEED,
  },
  {
    file: 'src/read/decode.ts',
    line: 'const DECLARATION_START = [0x3c, 0x3f, 0x78, 0x6d, 0x6c];',
    changes: ['[0x3c, 0x3f, 0x78, 0x6d, 0x6c] → []'],
    reason: SPEED,
  },
  {
    file: 'src/read/decode.ts',
    line: "if (!head.includes('>') && bytes.length < MAX_DECLARATION_LENGTH && !isAll) return '';",
    changes: [
      "!head.includes('>') && bytes.length < MAX_DECLARATION_LENGTH → !head.includes('>') || bytes.length < MAX_DECLARATION_LENGTH",
      'bytes.length < MAX_DECLARATION_LENGTH → true',
      'bytes.length < MAX_DECLARATION_LENGTH → bytes.length <= MAX_DECLARATION_LENGTH',
    ],
    reason: 'Only later: it waits for more bytes.',
  },
  {
    file: 'src/read/decode.ts',
    line: 'if (this.#options.recover && label !== undefined && !isEncodingName(label)) return encodingNamed(label);',
    changes: ['label !== undefined → true'],
    reason: 'Without a label, the same is done in the next line.',
  },
  {
    file: 'src/read/decode.ts',
    line: "if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';",
    changes: [
      'bytes[0] === 0xef → true',
      'bytes[0] === 0xef && bytes[1] === 0xbb → true',
      'bytes[0] === 0xef && bytes[1] === 0xbb → bytes[0] === 0xef || bytes[1] === 0xbb',
      'bytes[1] === 0xbb → true',
    ],
    reason: 'No document starts with such bytes, in any encoding.',
  },
  {
    file: 'src/read/decode.ts',
    line: "return bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : undefined;",
    changes: [
      'bytes[1] === 0xfe → true',
      'bytes[0] === 0xff && bytes[1] === 0xfe → bytes[0] === 0xff || bytes[1] === 0xfe',
      'bytes[0] === 0xff → true',
    ],
    reason: 'No document starts with such bytes, in any encoding.',
  },
  {
    file: 'src/read/decode.ts',
    line: "if (bytes[0] === 0 && bytes[1] !== 0) return 'utf-16be';",
    changes: ['bytes[1] !== 0 → true'],
    reason: 'No document starts with such bytes, in any encoding.',
  },
  {
    file: 'src/read/decode.ts',
    line: "return bytes[0] !== 0 && bytes[1] === 0 ? 'utf-16le' : undefined;",
    changes: ['bytes[0] !== 0 → true'],
    reason: 'No document starts with such bytes, in any encoding.',
  },
  {
    file: 'src/read/decoders.ts',
    line: 'const whole = read === bytes.length ? bytes : bytes.subarray(0, read);',
    changes: ['read === bytes.length → false'],
    reason: SPEED,
  },
  {
    file: 'src/read/decoders.ts',
    line: 'if ((bytes[bytes.length - 1] ?? 0) < 0x80) return 0;',
    changes: ['(bytes[bytes.length - 1] ?? 0) < 0x80 → false'],
    reason: SPEED,
  },
  {
    file: 'src/read/decoders.ts',
    line: 'if (high !== undefined && low !== undefined) text += half(high) + half(low);',
    changes: [
      'high !== undefined && low !== undefined → high !== undefined || low !== undefined',
      'high !== undefined → true',
      'low !== undefined → true',
    ],
    reason: 'Both halves are there, or none. The compiler does not know that.',
  },
  {
    file: 'src/read/decoders.ts',
    line: "if (!isLast && read < FEWEST_BYTES) return { text: '', read: 0, repairs: NO_REPAIRS };",
    changes: ['read < FEWEST_BYTES → read <= FEWEST_BYTES'],
    reason: 'Only later: it waits for more bytes.',
  },
  {
    file: 'src/read/decoders.ts',
    line: 'if (areValid) strict.decode(complete, options);',
    changes: ['areValid → true'],
    reason: SPEED,
  },
  {
    file: 'src/read/document-parser.ts',
    line: 'this.#reader.write(text.length > room ? text.slice(0, room) : text);',
    changes: ['text.length > room → true', 'text.length > room → text.length >= room'],
    reason: SPEED,
  },
  {
    file: 'src/read/document-parser.ts',
    line: 'if (room === chunk.length && room <= PIECE_BYTES) {',
    changes: ['room === chunk.length && room <= PIECE_BYTES → false', 'room <= PIECE_BYTES → room < PIECE_BYTES'],
    reason: SPEED,
  },
  {
    file: 'src/read/document-parser.ts',
    line: 'if (room === chunk.length && room <= PIECE_BYTES) {',
    changes: ['room <= PIECE_BYTES → true', 'room <= PIECE_BYTES → room > PIECE_BYTES'],
    reason: MEMORY,
  },
  {
    file: 'src/read/document-parser.ts',
    line: 'for (let from = 0; from < room; from += PIECE_BYTES) {',
    changes: ['from < room → from <= room'],
    reason: 'An empty piece adds nothing.',
  },
  {
    file: 'src/read/document.ts',
    line: 'const PIECE_LENGTH = 1024 * 1024;',
    changes: ['1024 * 1024 → 1024 / 1024'],
    reason: SPEED,
  },
  {
    file: 'src/read/document.ts',
    line: "if (this.#blank !== '') this.#readPieces(tokenizer, this.#blank);",
    changes: ["this.#blank !== '' → true"],
    reason: 'An empty piece adds nothing.',
  },
  {
    file: 'src/read/document.ts',
    line: 'const piece = from === 0 && length >= text.length ? text : text.slice(from, from + length);',
    changes: [
      'from === 0 && length >= text.length → false',
      'from === 0 → true',
      'from === 0 → from !== 0',
      'length >= text.length → length > text.length',
    ],
    reason: SPEED,
  },
  {
    file: 'src/read/encodings.ts',
    line: "if (last?.label !== label) last = { label, encoding: ASCII.test(label) ? 'utf-8' : askPlatform(label) };",
    changes: ['last?.label !== label → true'],
    reason: SPEED,
  },
];
