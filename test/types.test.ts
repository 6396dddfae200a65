// What users rely on in types. `npm run types` compiles these expectations; running them does nothing.

import type { IncomingMessage, RequestListener } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Request as ExpressRequest, RequestHandler } from 'express';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ParameterizedContext } from 'koa';
import { describe, expectTypeOf, it } from 'vitest';
import { allOf, secretInPath } from '../src/authorize.ts';
import { memoryDedupe } from '../src/dedupe/memory.ts';
import { parseBundle, parsePostback, safeParsePostback } from '../src/index.ts';
import { replyKeyword } from '../src/keywords.ts';
import type { OPTION_NAMES } from '../src/options.ts';
import type {
  MmsMo,
  MoMessage,
  OtherNotification,
  PostbackError,
  PostbackNotification,
  PostbackOptions,
  PostbackResult,
  PostbackWarning,
  SmsMo,
} from '../src/index.ts';
import { PostbackParserStream } from '../src/stream.ts';
import * as express from '../src/use/express.ts';
import * as fastify from '../src/use/fastify.ts';
import * as fetchApi from '../src/use/fetch.ts';
import * as http from '../src/use/http.ts';
import * as koa from '../src/use/koa.ts';
import * as lambda from '../src/use/lambda.ts';

type Context<Options> = Options extends { readonly onSms: (sms: SmsMo, context: infer C) => unknown } ? C : never;
type OptionsOf<Create extends (options: never) => unknown> = Parameters<Create>[0];

describe('messages', () => {
  it('are narrowed by kind', () => {
    const read = (message: PostbackNotification): unknown => {
      switch (message.kind) {
        case 'sms':
          expectTypeOf(message).toEqualTypeOf<SmsMo>();
          return message.text;
        case 'mms':
          expectTypeOf(message).toEqualTypeOf<MmsMo>();
          return message.files;
        case 'other':
          expectTypeOf(message).toEqualTypeOf<OtherNotification>();
          return message.fields;
      }
    };
    expectTypeOf(read).parameter(0).toEqualTypeOf<MoMessage | OtherNotification>();
  });

  it('are readonly, and optional properties may be undefined', () => {
    expectTypeOf<SmsMo>().toHaveProperty('text').toEqualTypeOf<string>();
    expectTypeOf<SmsMo['transactionId']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<MmsMo['files']>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<MoMessage['receivedAt']>().toEqualTypeOf<Date>();
    const write = (message: MoMessage): void => {
      // @ts-expect-error -- readonly
      message.from = '';
    };
    expectTypeOf(write).returns.toEqualTypeOf<void>();
  });
});

describe('results', () => {
  it('are narrowed by success', () => {
    const read = (result: PostbackResult): unknown => {
      expectTypeOf(result.warnings).toEqualTypeOf<readonly PostbackWarning[]>();
      if (result.success) {
        expectTypeOf(result.data).toEqualTypeOf<PostbackNotification>();
        expectTypeOf(result.error).toEqualTypeOf<undefined>();
        return result.data;
      }
      expectTypeOf(result.error).toEqualTypeOf<PostbackError>();
      return result.error;
    };
    expectTypeOf(read).toBeFunction();
  });

  it('are narrowed after destructuring', () => {
    const read = ({ success, data, error }: PostbackResult<MoMessage>): unknown => {
      if (!success) {
        expectTypeOf(error).toEqualTypeOf<PostbackError>();
        return error;
      }
      expectTypeOf(data).toEqualTypeOf<MoMessage>();
      return data;
    };
    expectTypeOf(read).toBeFunction();
  });
});

describe('replyKeyword', () => {
  it('takes an SMS, an MMS or a text, but no other notification', () => {
    expectTypeOf(replyKeyword).toBeCallableWith('STOP', { optOut: ['ARRÊT'] as const, help: undefined });
    expectTypeOf<SmsMo | MmsMo>().toExtend<Parameters<typeof replyKeyword>[0]>();
    const find = (notification: OtherNotification): unknown =>
      // @ts-expect-error -- no text, keyword or subject
      replyKeyword(notification);
    expectTypeOf(find).toBeFunction();
  });
});

describe('parsing functions', () => {
  it('take a string or bytes, and optional options', () => {
    expectTypeOf(parsePostback).parameters.toEqualTypeOf<
      [source: string | Uint8Array, options?: PostbackOptions | undefined]
    >();
    expectTypeOf(parsePostback).returns.toEqualTypeOf<MoMessage>();
    expectTypeOf(safeParsePostback).returns.toEqualTypeOf<PostbackResult<MoMessage>>();
    expectTypeOf(parseBundle).returns.toEqualTypeOf<PostbackResult[]>();
    expectTypeOf<PostbackParserStream>().toExtend<TransformStream<string | Uint8Array, PostbackResult>>();
  });

  it('take options whose value is undefined, and no unknown options', () => {
    expectTypeOf<{ maxBytes: undefined; recover: undefined }>().toExtend<PostbackOptions>();
    // @ts-expect-error -- misspelt
    const options: PostbackOptions = { maxByte: 1 };
    expectTypeOf(options).toEqualTypeOf<PostbackOptions>();
  });
});

describe('adapters', () => {
  it('give callbacks the request of their framework', () => {
    expectTypeOf<Context<OptionsOf<typeof express.createHandler>>['request']>().toEqualTypeOf<ExpressRequest>();
    expectTypeOf<Context<OptionsOf<typeof fastify.createHandler>>['request']>().toEqualTypeOf<FastifyRequest>();
    expectTypeOf<Context<OptionsOf<typeof koa.createHandler>>['request']>().toEqualTypeOf<ParameterizedContext>();
    expectTypeOf<Context<OptionsOf<typeof fetchApi.createHandler>>['request']>().toEqualTypeOf<Request>();
    expectTypeOf<Context<OptionsOf<typeof lambda.createHandler>>['request']>().toEqualTypeOf<lambda.LambdaEvent>();
  });

  it('of node:http give callbacks an IncomingMessage, or what the type argument says', () => {
    http.createHandler({
      onSms: (_, { request }) => {
        expectTypeOf(request).toEqualTypeOf<IncomingMessage>();
      },
      onMms: () => undefined,
    });
    http.createHandler<Http2ServerRequest>({
      onSms: (_, { request }) => {
        expectTypeOf(request).toEqualTypeOf<Http2ServerRequest>();
      },
      onMms: () => undefined,
    });
  });

  it('return the handler that their framework takes', () => {
    expectTypeOf<http.Handler>().toExtend<RequestListener>();
    expectTypeOf<http.Handler<Http2ServerRequest>>().parameter(0).toEqualTypeOf<Http2ServerRequest>();
    expectTypeOf<express.Handler>().toExtend<RequestHandler>();
    expectTypeOf<fastify.Handler>().toExtend<(request: FastifyRequest, reply: FastifyReply) => Promise<void>>();
    expectTypeOf<koa.Handler>().toExtend<(context: ParameterizedContext) => Promise<void>>();
    expectTypeOf<fetchApi.Handler>().toExtend<(request: Request) => Promise<Response>>();
    expectTypeOf<lambda.Handler>().returns.resolves.toEqualTypeOf<lambda.LambdaResult>();
  });

  it('have a drain that resolves to what is still running', () => {
    type Left = Promise<{ readonly pendingRequests: number; readonly runningCallbacks: number }>;
    expectTypeOf<ReturnType<http.Handler['drain']>>().toEqualTypeOf<Left>();
    expectTypeOf<ReturnType<lambda.Handler['drain']>>().toEqualTypeOf<Left>();
  });

  it('have a readPostback that resolves to results', () => {
    for (const { readPostback } of [http, express, fastify, koa, fetchApi, lambda]) {
      expectTypeOf(readPostback).returns.resolves.toEqualTypeOf<http.ReceivedResult[]>();
    }
    expectTypeOf<http.ReceivedResult>().toExtend<PostbackResult>();
    expectTypeOf<Extract<http.ReceivedResult, { success: true }>['key']>().toEqualTypeOf<string>();
  });

  it('have a readStored that takes what onReject gets', () => {
    type Stored = Omit<http.Rejection, 'raw'> & { readonly raw: Uint8Array };
    for (const { readStored } of [http, express, fastify, koa, fetchApi, lambda]) {
      expectTypeOf<Stored>().toExtend<Parameters<typeof readStored>[0]>();
      expectTypeOf(readStored).returns.resolves.toEqualTypeOf<http.ReceivedResult[]>();
    }
  });

  it('have a subscribe that infers the event of a channel', () => {
    for (const { subscribe } of [http, express, fastify, koa, fetchApi, lambda]) {
      subscribe('mo-postback:late', (event) => {
        expectTypeOf(event.notifications).toEqualTypeOf<number>();
      })();
      subscribe('mo-postback:failed', ({ kind, attempt }) => {
        expectTypeOf(kind).toEqualTypeOf<PostbackNotification['kind']>();
        expectTypeOf(attempt).toEqualTypeOf<number>();
      })();
    }
    // @ts-expect-error -- misspelt
    expectTypeOf(http.subscribe).toBeCallableWith('mo-postback:recieved', () => undefined);
  });

  it('give an authorizer inside allOf and anyOf the request of their framework', () => {
    const options: Pick<express.ReceiverOptions<ExpressRequest>, 'authorize'> = {
      authorize: allOf(secretInPath('secret'), ({ request }) => {
        expectTypeOf(request).toEqualTypeOf<ExpressRequest>();
        return request.ip === '::1';
      }),
    };
    expectTypeOf(options.authorize).toEqualTypeOf<express.ReceiverOptions<ExpressRequest>['authorize']>();
  });

  it('know the names of all options', () => {
    expectTypeOf<(typeof OPTION_NAMES)[number]>().toEqualTypeOf<keyof http.ReceiverOptions | keyof PostbackOptions>();
  });

  it('tell errors apart by name', () => {
    const statusOf = (error: http.Unreadable): string | number =>
      error.name === 'ReceiveError' ? error.status : error.path;
    expectTypeOf(statusOf).returns.toEqualTypeOf<string | number>();
  });

  it('take only hooks whose result can mean something', () => {
    type Hook<Name extends keyof http.ReceiverOptions> = NonNullable<http.ReceiverOptions[Name]>;
    expectTypeOf<() => void>().toExtend<Hook<'onReject'>>();
    expectTypeOf<() => 'accepted'>().toExtend<Hook<'onReject'>>();
    expectTypeOf<() => Promise<string>>().toExtend<Hook<'onReject'>>();
    expectTypeOf<() => 'acepted'>().not.toExtend<Hook<'onReject'>>();
    expectTypeOf<() => 'acepted'>().not.toExtend<Hook<'onError'>>();
    expectTypeOf<() => string>().not.toExtend<Hook<'authorize'>>();
    expectTypeOf<() => number>().toExtend<Hook<'onSms'>>();
  });

  it('take hooks and stores, synchronous or not', () => {
    const options: http.ReceiverOptions<IncomingMessage> = {
      onSms: async ({ text }, { key, deadline }) => {
        expectTypeOf(key).toEqualTypeOf<string>();
        expectTypeOf(deadline).toEqualTypeOf<Date>();
        await Promise.resolve(text);
      },
      onMms: ({ files }) => files.length,
      onReject: ({ errors: [first], raw }) => {
        expectTypeOf(first).toEqualTypeOf<http.PostbackError | http.ReceiveError>();
        expectTypeOf(raw).toEqualTypeOf<Uint8Array | undefined>();
        return 'accepted';
      },
      onError: async (error, notification) => {
        expectTypeOf(error).toEqualTypeOf<unknown>();
        expectTypeOf(notification).toEqualTypeOf<PostbackNotification>();
        return Promise.resolve('accepted');
      },
      authorize: allOf(secretInPath('secret'), ({ url }) => url === '/'),
      dedupe: memoryDedupe(),
    };
    expectTypeOf(options.dedupe).toEqualTypeOf<http.DedupeStore | false | undefined>();
    // @ts-expect-error -- onMms is missing
    expectTypeOf(http.createHandler).toBeCallableWith({ onSms: () => undefined });
  });
});
