// A receiver with default options. Sends its port to the parent; on 'report', its peak memory and its longest turn.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createHandler } from '../../dist/http.js';

const RESOLUTION_MS = 5;
const turns = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
turns.enable();

const server = createServer(createHandler({ onSms: () => undefined, onMms: () => undefined }));
server.listen(0, '127.0.0.1', () => process.send(server.address().port));

process.on('message', () => {
  const longestTurnMs = turns.max / 1e6 - RESOLUTION_MS;
  // Linux writes it in kB.
  const peakKb = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
  process.send({ longestTurnMs, peakMiB: peakKb / 1024 });
});
