// `npm run bench:memory`: reads a gigabyte of notifications with one PostbackParser, and documents of 64 MB without any
// notification. It fails if memory grows with the document, or if more is read than maxNotificationLength allows.

import { PostbackError, PostbackParser } from '../../dist/index.js';
import { NOTIFICATIONS } from './documents.js';
import { circumstances, table, writeSection } from './report.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const CHUNK = 64 * KIB;

const STREAMED = 1024 * MIB;
const SAMPLE_EVERY = 64 * MIB;
const MOST_ABOVE_START = 8 * MIB;

const ENDLESS = 64 * MIB;
// The default of maxNotificationLength, and one chunk more.
const MOST_READ = MIB + CHUNK;
const UNLIMITED = { maxBytes: Infinity, maxNotifications: Infinity };

let hasFailed = false;

/** The memory in use after a garbage collection: objects, strings, and the bytes of chunks. */
function used() {
  gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Measures how much memory grows while notifications are read. */
function stream(options) {
  const body = Buffer.from(NOTIFICATIONS.join(''));
  const start = used();
  const samples = [];
  let notificationCount = 0;
  let failureCount = 0;
  const parser = new PostbackParser(
    {
      onResult: ({ success }) => {
        notificationCount++;
        if (!success) failureCount++;
      },
    },
    options,
  );
  parser.write(Buffer.from('<POSTBACK>'));
  const began = performance.now();
  let at = 0;
  for (let written = 0; written < STREAMED; written += CHUNK) {
    // A new chunk, as from a socket. It may cut the body anywhere: its length is not a divisor of the body's length.
    const chunk = new Uint8Array(CHUNK);
    for (let filled = 0; filled < CHUNK;) {
      const piece = body.subarray(at, at + CHUNK - filled);
      chunk.set(piece, filled);
      filled += piece.length;
      at = (at + piece.length) % body.length;
    }
    parser.write(chunk);
    if ((written + CHUNK) % SAMPLE_EVERY === 0) samples.push(used() - start);
  }
  parser.write(body.subarray(at));
  parser.write(Buffer.from('</POSTBACK>'));
  parser.close();
  const seconds = (performance.now() - began) / 1000;

  const highest = Math.max(...samples);
  const isGood = highest < MOST_ABOVE_START && failureCount === 0;
  hasFailed ||= !isGood;
  console.log(
    `1 GiB, ${shown(options)}: ${String(notificationCount)} notifications in ${seconds.toFixed(0)} s\n` +
      `  start ${mib(start)} (after the modules are loaded and one collection); above it after each ${mib(SAMPLE_EVERY)}:\n` +
      `  ${samples.map(mib).join(', ')}\n` +
      `  highest ${mib(highest)} above start: ${isGood ? 'good' : `FAILED (less than ${mib(MOST_ABOVE_START)}, and no invalid notification)`}`,
  );
  return [
    `1 GiB of notifications, ${shown(options)}`,
    `at most ${mib(highest)} above start`,
    isGood ? 'good' : 'FAILED',
  ];
}

// The start of each document, and what is then repeated for 64 MB. All on one line, so that the column of the error
// shows how much was read.
const ENDLESS_DOCUMENTS = {
  'one comment': ['<POSTBACK><!--', 'x'],
  'one comment of dashes': ['<POSTBACK><!--', ' -'],
  'one attribute': ['<POSTBACK><NOTIFICATION id="', 'x'],
  'one text': ['<POSTBACK><TEXT>', 'x'],
  'white space in POSTBACK': ['<POSTBACK>', ' '],
  'white space before POSTBACK': ['', ' '],
};
const CHUNKED = 'in chunks of 64 KiB';
const WAYS = {
  [CHUNKED]: (bytes) =>
    Array.from({ length: bytes.length / CHUNK }, (_, n) => bytes.subarray(n * CHUNK, (n + 1) * CHUNK)),
  'as one Uint8Array': (bytes) => [bytes],
  'as one string': (bytes) => [bytes.toString('latin1')],
};

/** Measures how much of an endless document is read before it is refused. */
function refuse(name, way, options) {
  const [head, filling] = ENDLESS_DOCUMENTS[name];
  const bytes = Buffer.alloc(ENDLESS, filling);
  bytes.write(head);
  const parser = new PostbackParser({ onResult: () => undefined }, options);
  const began = performance.now();
  let written = 0;
  let error;
  try {
    for (const chunk of WAYS[way](bytes)) {
      written += chunk.length;
      parser.write(chunk);
    }
  } catch (thrown) {
    error = thrown;
  }
  const milliseconds = performance.now() - began;
  const isRefused = error instanceof PostbackError && error.code === 'TOO_LARGE';
  const read = isRefused ? error.column - 1 : Infinity;
  const isGood = read <= MOST_READ && (way !== CHUNKED || written <= MOST_READ);
  hasFailed ||= !isGood;
  console.log(
    `${name} ${way}, ${shown(options)}: ${isRefused ? `TOO_LARGE after ${mib(read)}` : String(error)} in ${milliseconds.toFixed(0)} ms: ` +
      (isGood ? 'good' : 'FAILED'),
  );
  return read;
}

function shown({ recover }) {
  return recover ? 'recover' : 'strict';
}

function mib(bytes) {
  return `${(bytes / MIB).toFixed(2)} MiB`;
}

const rows = [];
for (const options of [UNLIMITED, { ...UNLIMITED, recover: true }]) {
  rows.push(stream(options));
  for (const name of Object.keys(ENDLESS_DOCUMENTS)) {
    const read = Math.max(...Object.keys(WAYS).map((way) => refuse(name, way, options)));
    rows.push([
      `64 MiB of ${name}, ${shown(options)}`,
      `refused after ${mib(read)}`,
      read <= MOST_READ ? 'good' : 'FAILED',
    ]);
  }
}

writeSection(
  'Memory',
  `
${circumstances()}. The memory (heap and array buffers) after a forced garbage collection, above that after the modules are
loaded. The target is less than 8 MiB. Notifications arrive in chunks of 64 KiB, cut anywhere, with \`maxBytes\` and
\`maxNotifications\` turned off. Endless documents arrive in such chunks, as one Uint8Array, and as one string.

${table(['what is read', 'measured', ''], rows)}
`,
);

console.log(hasFailed ? 'FAILED' : 'good: memory does not grow with the document');
process.exitCode = hasFailed ? 1 : 0;
