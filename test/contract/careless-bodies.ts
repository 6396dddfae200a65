// Bodies with the faults of careless senders: all fixtures that a receiver reads with its default options.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ContractUnderTest } from './contract-under-test.ts';

/** What the handler of the situation `brief` notes. */
interface Read {
  readonly what: string;
  readonly text?: string;
  readonly warnings: readonly string[];
}

/** The expectation next to a fixture. */
interface Expectation {
  readonly options?: Readonly<Record<string, unknown>>;
  readonly results?: readonly {
    readonly message?: { readonly kind: string; readonly text?: string };
    readonly warnings?: readonly { readonly code: string }[];
  }[];
}

const folder = join(import.meta.dirname, '../../fixtures');

/** The fixtures that are valid with no other option than `recover`, and what is read. */
function carelessFixtures(): readonly { readonly name: string; readonly body: Buffer; readonly reads: Read[] }[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.xml'))
    .flatMap((file) => {
      const name = file.replace('.xml', '');
      const { options = {}, results } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Expectation;
      const others = Object.keys(options).filter((option) => option !== 'recover' && option !== 'fallbackTime');
      if (options['recover'] !== true || others.length > 0) return [];
      if (results?.every(({ message }) => message !== undefined) !== true) return [];
      const reads = results.map(({ message: { kind = '', text } = {}, warnings = [] }) => ({
        what: kind,
        ...(text === undefined ? {} : { text }),
        warnings: withoutCharset(warnings.map(({ code }) => code)),
      }));
      return [{ name, body: readFileSync(join(folder, file)), reads }];
    });
}

/** A platform that delivers text has decoded it, so the declared charset does not matter. */
function withoutCharset(codes: readonly string[]): readonly string[] {
  return codes.filter((code) => code !== 'UNKNOWN_CHARSET');
}

export function describeCarelessBodies({ client }: ContractUnderTest): void {
  describe('careless bodies', () => {
    const fixtures = carelessFixtures();

    it('are read as their fixtures say', async () => {
      expect(fixtures.length).toBeGreaterThan(40);
      const read: [string, number, unknown][] = [];
      for (const { name, body } of fixtures) {
        const { post, journal } = client('brief');
        const { status } = await post(new Uint8Array(body));
        const noted = (await journal()) as unknown as Read[];
        read.push([name, status, noted.map((each) => ({ ...each, warnings: withoutCharset(each.warnings) }))]);
      }
      expect(read).toEqual(fixtures.map(({ name, reads }) => [name, 200, reads]));
    });

    it('are rejected if recover is false', async () => {
      const { post, journal } = client('strict');
      const stray = fixtures.filter(({ reads }) => reads.some(({ warnings }) => warnings.includes('STRAY_LESS_THAN')));
      expect(stray.length).toBeGreaterThan(3);
      for (const { body } of stray) {
        const { status } = await post(new Uint8Array(body));
        expect(status).toBe(400);
      }
      const rejected = (await journal()).filter(({ what }) => what === 'reject');
      expect(rejected.map(({ raw }) => raw)).toEqual(stray.map(({ body }) => body.toString('latin1')));
    });
  });
}
