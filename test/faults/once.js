// Answers one request. The process then exits, unless a timer or a connection is left.

import { createServer } from 'node:http';
import { createHandler } from 'mo-postback/http';

const server = createServer(createHandler({ onSms: () => undefined, onMms: () => undefined }));
server.listen(0, '127.0.0.1', async () => {
  const xml =
    '<POSTBACK><ORIGIN>SMS_MO</ORIGIN><CODE>N</CODE><FROM>1</FROM><TO>2</TO><TEXT/><RECEIVED>2014-02-03T11:19:49Z</RECEIVED></POSTBACK>';
  const { status } = await globalThis.fetch(`http://127.0.0.1:${server.address().port}/`, {
    method: 'POST',
    body: xml,
  });
  if (status !== 200) process.exit(1);
  server.close();
  server.closeIdleConnections();
});
