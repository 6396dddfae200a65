// Serves the same 100 MB at every path, as fast as possible. Prints its URL.

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

const FILE_BYTES = 100e6;
const piece = randomBytes(1e6);

const server = createServer(async (request, response) => {
  response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': FILE_BYTES });
  for (let sent = 0; sent < FILE_BYTES; sent += piece.length) {
    if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve));
  }
  response.end();
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
