/**
 * The provider's side, for tests of your own server: messages and postbacks to try it with, one by one, by the thousand, and
 * as the provider delivers them. What makes arbitraries needs fast-check; all else does without it.
 *
 * @example
 * import fc from 'fast-check';
 * import { parsePostback } from 'mo-postback';
 * import { brokenDocument, deliver, postbackDocument, sampleMessages } from 'mo-postback/testing';
 *
 * const { isDelivered } = await deliver('http://localhost:8080/postback', sampleMessages.sms);
 *
 * await fc.assert(fc.asyncProperty(postbackDocument(), async (postback) => (await deliver(url, postback)).isDelivered));
 *
 * @module
 */

export type { Postback } from './arrival.ts';
export { deliver } from './deliver.ts';
export type { Deliverable, DeliverOptions, Delivery, DeliveryAttempt } from './deliver.ts';
export { brokenDocument, postbackDocument } from './documents.ts';
export type { BrokenDocument, PostbackDocument } from './documents.ts';
export { mmsMo, notification, smsMo } from './messages.ts';
export type { MessageConstraints } from './messages.ts';
export { sampleDocuments, sampleMessages } from './samples.ts';
export type { SampleDocument } from './samples.ts';
