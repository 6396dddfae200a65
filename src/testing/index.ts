/**
 * For tests of your own server: sample messages and postbacks, `deliver`, which sends them as the provider does, and
 * arbitraries, which generate random ones. The arbitraries need fast-check; everything else works without it.
 *
 * @example
 * import fc from 'fast-check';
 * import { parsePostback } from 'mo-postback';
 * import { brokenDocument, deliver, postbackDocument, sampleMessages } from 'mo-postback/testing';
 *
 * const { isDelivered } = await deliver('http://localhost:8080/postback', sampleMessages.sms);
 *
 * await fc.assert(
 *   fc.asyncProperty(postbackDocument(), async (postback) => (await deliver(url, postback)).isDelivered),
 * );
 *
 * @module
 */

export { carelessDocument } from './careless.ts';
export type { CarelessDocument } from './careless.ts';
export type { Postback } from './postback-body.ts';
export { deliver } from './deliver.ts';
export type { Deliverable, DeliverOptions, DeliveryAttempt, DeliveryResult } from './deliver.ts';
export { brokenDocument, postbackDocument } from './documents.ts';
export type { BrokenDocument, PostbackDocument } from './documents.ts';
export { mmsMo, notification, smsMo } from './messages.ts';
export type { MessageConstraints } from './messages.ts';
export { sampleDocuments, sampleMessages } from './samples.ts';
export type { SampleDocument } from './samples.ts';
