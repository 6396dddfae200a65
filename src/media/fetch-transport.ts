// Fetches with the platform's `fetch`, where nothing else exists. It decompresses by itself, and does not show
// addresses.

import type { CountBytes, Transport } from './transport.ts';

// Cloudflare Workers have no credentials, and refuse the option.
/* v8 ignore next -- test/runtimes covers both */
const CREDENTIALS: RequestInit = 'credentials' in Request.prototype ? { credentials: 'omit' } : {};

export function fetchTransport(): Transport {
  return {
    async get(url, headers, signal) {
      const response = await fetch(url, { ...CREDENTIALS, headers, redirect: 'manual', signal });
      const reader = response.body?.getReader();
      return {
        status: response.status,
        header: (name) => response.headers.get(name) ?? undefined,
        chunks: (onReceived) => counted(reader, isEncoded(response) ? undefined : onReceived),
        cancel() {
          // Rejects if the body has failed.
          reader?.cancel().catch(() => undefined);
        },
      };
    },
    close: () => undefined,
  };
}

function isEncoded({ headers }: Response): boolean {
  return !/^(?:identity)?$/.test(headers.get('content-encoding') ?? '');
}

async function* counted(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
  onReceived: CountBytes | undefined,
): AsyncGenerator<Uint8Array> {
  if (reader === undefined) return;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    onReceived?.(read.value.length);
    yield read.value;
  }
}
