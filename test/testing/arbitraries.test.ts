// The arbitraries and samples of mo-postback/testing: parsers and receivers read what they claim to contain.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseBundle, parsePostback, serializePostback } from '../../src/index.ts';
import type { Generation, PostbackNotification, PostbackWarning } from '../../src/index.ts';
import {
  brokenDocument,
  carelessDocument,
  mmsMo,
  notification,
  postbackDocument,
  sampleDocuments,
  sampleMessages,
  smsMo,
} from '../../src/testing/index.ts';
import { createHandler } from '../../src/use/http.ts';
import { deliver } from '../../src/testing/deliver.ts';
import { count } from '../helpers/count.ts';

const GENERATIONS: readonly Generation[] = ['G1', 'G2', 'G3', 'G4', 'G5'];
const runs = { numRuns: count('FUZZ_RUNS', 300) };

const received: PostbackNotification[] = [];
let server: Server;
let url: string;

beforeAll(async () => {
  const keep = (notification: PostbackNotification): void => void received.push(notification);
  server = createServer(createHandler({ onSms: keep, onMms: keep, onOther: keep, dedupe: false }));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
});
afterAll(() => server.close());

describe('postbackDocument', () => {
  it('generates documents that parseBundle reads as their notifications', () => {
    fc.assert(
      fc.property(postbackDocument(), ({ text, notifications }) => {
        expect(parseBundle(text).map(({ data }) => data)).toEqual(notifications);
      }),
      runs,
    );
  });

  it('generates bodies from which a receiver reads the notifications', async () => {
    const contentTypes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(postbackDocument(), async (postback) => {
        received.length = 0;
        contentTypes.add(postback.headers['content-type'] ?? 'none');
        expect(await deliver(url, postback, { intervalsMs: [] })).toMatchObject({ isDelivered: true });
        expect(received).toEqual(postback.notifications);
      }),
      runs,
    );
    expect([...contentTypes].sort()).toEqual([
      'application/json',
      'application/json; charset=utf-8',
      'application/octet-stream',
      'application/vnd.sinch+json',
      'application/x-www-form-urlencoded',
      'application/xml',
      'application/xml; charset=utf-8',
      'multipart/form-data; boundary=mo-postback-0f2c9d5e7b1a4836',
      'none',
      'text/plain',
      'text/xml',
      'text/xml;charset="UTF-8"',
    ]);
  });

  it('generates only documents of the given generation', () => {
    const isOf: Readonly<Record<Generation, RegExp>> = {
      G1: /^<POSTBACK>\n {2}<NOTIFICATION/,
      G2: /^<POSTBACK>\n {2}<ORIGIN/,
      G3: /^<POSTBACK>\n {2}<ORIGIN/,
      G4: /^<\?xml version='1.0' encoding='UTF-8'\?><postback>/,
      G5: /^\{"origin"/,
    };
    for (const generation of GENERATIONS) {
      fc.assert(
        fc.property(postbackDocument({ generation }), ({ text, notifications }) => {
          expect(text).toMatch(isOf[generation]);
          expect(parseBundle(text).map(({ data }) => data)).toEqual(notifications);
        }),
        runs,
      );
    }
  });
});

describe('brokenDocument', () => {
  it('generates documents that a receiver answers 200 or 400', async () => {
    const statuses = new Map<number | undefined, number>();
    await fc.assert(
      fc.asyncProperty(brokenDocument(), async (postback) => {
        const { attempts } = await deliver(url, postback, { intervalsMs: [] });
        const status = attempts[0]?.status;
        statuses.set(status, 1 + (statuses.get(status) ?? 0));
        expect(status).toSatisfy((answered) => answered === 200 || answered === 400);
      }),
      runs,
    );
    // Most of them are invalid.
    expect(statuses.get(400)).toBeGreaterThan(runs.numRuns / 3);
    expect(statuses.get(200)).toBeGreaterThan(0);
  });
});

describe('carelessDocument', () => {
  it('generates documents that recover reads as their notifications, with their warnings', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(carelessDocument(), ({ text, notifications, warnings, fallbackTime }) => {
        const results = parseBundle(text, { recover: true, fallbackTime });
        expect(results.map(({ data }) => data)).toEqual(notifications);
        const inText = warnings.map((codes) => codes.filter((code) => code !== 'FOREIGN_BYTES'));
        expect(results.map((result) => result.warnings.map(({ code }) => code))).toEqual(inText);
        for (const code of warnings.flat()) seen.add(code);
      }),
      runs,
    );
    const all: readonly PostbackWarning['code'][] = [
      'FORBIDDEN_CHARACTER',
      'FOREIGN_BYTES',
      'OUTSIDE_DOCUMENT',
      'STRAY_AMPERSAND',
      'STRAY_CDATA_END',
      'STRAY_LESS_THAN',
      'SURROGATE_REFERENCES',
      'UNDEFINED_ENTITY',
      'UNREADABLE_TIME',
    ];
    expect([...seen].sort()).toEqual(all);
  });

  it('generates bodies from which a receiver with default options reads the notifications', async () => {
    await fc.assert(
      fc.asyncProperty(carelessDocument(), async (postback) => {
        received.length = 0;
        const { attempts } = await deliver(url, postback, { intervalsMs: [] });
        expect(attempts).toMatchObject([{ status: 200 }]);
        // In a receiver, the fallback is the time of arrival.
        const expected = postback.notifications.map((message, n) =>
          postback.warnings[n]?.includes('UNREADABLE_TIME') === true
            ? { ...message, receivedAt: expect.any(Date) as Date }
            : message,
        );
        expect(received).toEqual(expected);
      }),
      runs,
    );
  });
});

describe('smsMo and mmsMo with a generation', () => {
  it('generate messages that are the same after writing and reading, including the raw time', () => {
    for (const generation of GENERATIONS) {
      fc.assert(
        fc.property(fc.oneof(smsMo({ generation }), mmsMo({ generation })), (message) => {
          expect(parsePostback(serializePostback(message, { generation }))).toEqual(message);
        }),
        runs,
      );
    }
  });

  it('throw a RangeError if the generation does not exist', () => {
    const generation = 'G6' as Generation;
    for (const make of [smsMo, mmsMo, postbackDocument])
      expect(() => make({ generation })).toThrow(
        new RangeError('options.generation: expected one of G1, G2, G3, G4, G5, got "G6"'),
      );
  });
});

it('notification generates every kind with all its properties', () => {
  const seen = new Set<string>();
  for (const generated of fc.sample(notification(), 3000))
    for (const field of Object.keys(generated)) seen.add(`${generated.kind}.${field}`);
  const common = ['kind', 'origin', 'code', 'envelope'];
  const mo = [...common, 'from', 'to', 'receivedAt', 'receivedAtRaw', 'keyword', 'extra'];
  expect([...seen].sort()).toEqual(
    [
      ...[...mo, 'text', 'transactionId'].map((field) => `sms.${field}`),
      ...[...mo, 'trackingId', 'files', 'copyTo', 'subject', 'spid', 'operatorId'].map((field) => `mms.${field}`),
      ...[...common, 'fields'].map((field) => `other.${field}`),
    ].sort(),
  );
});

describe('sampleDocuments and sampleMessages', () => {
  it.each(sampleDocuments.map((sample) => [sample.name, sample] as const))(
    'contain the document %s, which a receiver reads',
    async (_, sample) => {
      received.length = 0;
      expect(await deliver(url, sample)).toMatchObject({ isDelivered: true, attempts: [{ status: 200 }] });
      expect(received).toEqual(sample.notifications);
      expect(sample.notifications).not.toEqual([]);
    },
  );

  it('contain messages that a generation can represent', () => {
    const { sms, mms, groupMms } = sampleMessages;
    for (const [message, generations] of [
      [sms, GENERATIONS],
      [mms, GENERATIONS],
      [groupMms, ['G5']],
    ] as const) {
      for (const generation of generations) {
        const { receivedAtRaw, ...others } = message;
        expect(receivedAtRaw).not.toBe('');
        expect(parsePostback(serializePostback(message, { generation }))).toMatchObject(others);
      }
    }
    for (const generation of GENERATIONS.filter((name) => name !== 'G5'))
      expect(() => serializePostback(groupMms, { generation })).toThrow(`${generation} has no field`);
  });

  it('are described rightly in docs/testing.md', () => {
    expect(readFileSync(join(import.meta.dirname, '../../docs/testing.md'), 'utf8')).toContain(
      '`sms` and `mms`, which every generation can represent, and `groupMms`, which only G5 can',
    );
  });
});

describe('mo-postback/testing without fast-check', () => {
  it('loads, and the arbitraries throw an error that says what to install', async () => {
    vi.resetModules();
    vi.doMock('fast-check', () => {
      throw new Error('Cannot find package');
    });
    const testing = await import('../../src/testing/index.ts');
    vi.doUnmock('fast-check');
    vi.resetModules();
    for (const name of [
      'smsMo',
      'mmsMo',
      'notification',
      'postbackDocument',
      'brokenDocument',
      'carelessDocument',
    ] as const) {
      expect(() => testing[name]()).toThrow(
        expect.objectContaining({
          message:
            'The arbitraries of mo-postback/testing need fast-check, which could not be loaded. Install it: npm install --save-dev fast-check',
          cause: expect.any(Error) as Error,
        }),
      );
    }
    expect(await testing.deliver(url, testing.sampleMessages.sms)).toMatchObject({ isDelivered: true });
  });
});
