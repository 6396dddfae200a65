// The code of docs/observability.md, with OpenTelemetry.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, expect, it } from 'vitest';
import { createReceiver } from '../../src/receive/receive.ts';
import { bundle, single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, callbacks, postbackRequest } from '../helpers/postback-request.ts';
import { sleep } from '../helpers/sleep.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'mo-postback-otel-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('records spans and metrics for the events of a receiver', async () => {
  const spans = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

  const [, code = ''] = /```js\n([^]*?)```/.exec(readFileSync(join(root, 'docs/observability.md'), 'utf8')) ?? [];
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(join(root, 'node_modules/@opentelemetry'), join(folder, 'node_modules/@opentelemetry'));
  symlinkSync(root, join(folder, 'node_modules/mo-postback'));
  writeFileSync(join(folder, 'recipe.mjs'), code);
  await import(join(folder, 'recipe.mjs'));

  const receiver = createReceiver({
    ...callbacks,
    onSms: ({ text }) => (text === 'bad' ? Promise.reject(new Error('mine')) : sleep(text === 'slow' ? 60 : 0)),
    ackTimeoutMs: 40,
  });
  for (const xml of [
    bundle(smsFields('one'), smsFields('bad')),
    bundle(smsFields('one')),
    '<html>',
    single(smsFields('slow')),
  ])
    await receiver.answer(postbackRequest(alreadyRead(xml)));
  await receiver.drain(1000);

  expect(spans.getFinishedSpans().map(({ name, status }) => [name, status.code])).toEqual([
    ['postback received', SpanStatusCode.UNSET],
    ['postback handled', SpanStatusCode.UNSET],
    ['postback failed', SpanStatusCode.ERROR],
    ['postback received', SpanStatusCode.UNSET],
    ['postback duplicate', SpanStatusCode.UNSET],
    ['postback rejected', SpanStatusCode.ERROR],
    ['postback received', SpanStatusCode.UNSET],
    ['postback handled', SpanStatusCode.UNSET],
  ]);
  await reader.forceFlush();
  const measured = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: all }) => all));
  const points = measured.flatMap(({ descriptor, dataPoints }) =>
    dataPoints.map(({ attributes }) => [descriptor.name, attributes]),
  );
  expect(points).toEqual([
    ['postback.request.duration', {}],
    ['postback.notification.duration', { kind: 'sms', outcome: 'handled' }],
    ['postback.notification.duration', { kind: 'sms', outcome: 'failed' }],
    ['postback.notification.duration', { kind: 'sms', outcome: 'duplicate' }],
    ['postback.rejections', { status: 400, code: 'NOT_A_POSTBACK' }],
    ['postback.late', {}],
  ]);
  await reader.shutdown();
});
