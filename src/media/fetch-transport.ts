// Fetches with the platform's `fetch`, where nothing else exists. It does not show addresses.

import type { CountBytes, Transport } from './transport.ts';

// Cloudflare Workers have no credentials, and refuse the option.
/* v8 ignore next -- test/runtimes covers both */
const CREDENTIALS: RequestInit = 'credentials' in Request.prototype ? { credentials: 'omit' } : {};

type Decompress = (
  received: AsyncGenerator<Uint8Array>,
  contentEncoding: string | undefined,
) => AsyncGenerator<Uint8Array>;

/** For platforms that decompress bodies, so that bytes can be counted only afterwards. */
export function fetchTransport(): Transport {
  return createTransport((received) => received);
}

/** For Deno, which does not decompress a body if the request has an Accept-Encoding. */
export function decompressingTransport(decompress: Decompress): () => Transport {
  return () => createTransport(decompress);
}

function createTransport(decompress: Decompress): Transport {
  return {
    async get(url, headers, signal) {
      const response = await fetch(url, { ...CREDENTIALS, headers, redirect: 'manual', signal });
      const reader = response.body?.getReader();
      const header = (name: string): string | undefined => response.headers.get(name) ?? undefined;
      return {
        status: response.status,
        header,
        chunks: (onReceived) => decompress(counted(reader, onReceived), header('content-encoding')),
        cancel() {
          // Rejects if the body has failed.
          reader?.cancel().catch(() => undefined);
        },
      };
    },
    close: () => undefined,
  };
}

async function* counted(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
  onReceived: CountBytes,
): AsyncGenerator<Uint8Array> {
  if (reader === undefined) return;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    onReceived(read.value.length);
    yield read.value;
  }
}
