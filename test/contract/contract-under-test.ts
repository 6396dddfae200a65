// What the tests of the contract have in common.

import { it } from 'vitest';
import type { Entry } from './app.ts';
import { client } from './client.ts';
import type { Client } from './client.ts';
import type { ContractServer, Running } from './servers.ts';

/** A server, and what its tests need. */
export interface ContractUnderTest extends Pick<ContractServer, 'knowsAddress' | 'closesConnection' | 'hasBrotli'> {
  /** A client of a new instance of a situation. */
  readonly client: (situation: string) => Client;
  /** Defines a test that is skipped on platforms that deliver a body as a whole. */
  readonly itStreams: (title: string, test: () => Promise<void>) => void;
  /**
   * Tells a raw client when to stop, on platforms that do not close the connection: when the answer includes a text.
   */
  readonly includes: (text: string) => (answer: string) => boolean;
}

/** `running` returns the server, when it is started. */
export function underTest(server: ContractServer, running: () => Running): ContractUnderTest {
  const { isStreaming, closesConnection } = server;
  return {
    ...server,
    client: (situation) => client(running().port, situation),
    itStreams: (title, test) => {
      it.runIf(isStreaming)(isStreaming ? title : `${title} (skipped: the body arrives as a whole)`, test);
    },
    includes: (text) => (answer) => !closesConnection && answer.includes(text),
  };
}

export const XML = { 'content-type': 'text/xml' };
export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

export const whats = (journal: Entry[]): string[] => journal.map(({ what }) => what);
export const texts = (journal: Entry[]): unknown[] => journal.map(({ text }) => text);
