// A server whose slow callbacks write to a journal: `node server.js <journal> <ackTimeoutMs>`. It shuts down as in
// docs/receiving.md.

import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createHandler } from 'mo-postback/http';

const [journal, ackTimeoutMs] = process.argv.slice(2);
const handler = createHandler({
  async onSms({ text }) {
    appendFileSync(journal, `start ${text}\n`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    appendFileSync(journal, `end ${text}\n`);
  },
  onMms: () => undefined,
  ackTimeoutMs: Number(ackTimeoutMs),
});
const server = createServer(handler).listen(0, '127.0.0.1', () => process.send(server.address().port));

process.once('SIGTERM', async () => {
  server.close();
  await handler.drain(8000);
  process.exit();
});
