// Requests for the transport-neutral receiver.

import type { AlreadyRead, PostbackRequest } from '../../src/receive/request.ts';

/** Callbacks that do nothing. */
export const callbacks = { onSms: (): void => undefined, onMms: (): void => undefined };

/** A POST with this body. */
export const postbackRequest = (
  body: PostbackRequest['body'],
  headers: PostbackRequest['headers'] = {},
): PostbackRequest => ({ method: 'POST', url: '/', headers, remoteAddress: undefined, request: undefined, body });

/** A body that other code has read before. */
export const alreadyRead =
  (value: unknown): (() => AlreadyRead) =>
  () => ({ value });
