// The documents that `doctor` posts. Number of the sender, text and file names show where they come from.

import type { Generation } from '../../protocol/generations.ts';
import { sampleMessages } from '../../testing/samples.ts';
import { serializeBundle, serializePostback } from '../../write/serialize.ts';
import type { MoMessageInput } from '../../write/serialize.ts';
import { createRun, messageOf } from '../send/postbacks.ts';

// All texts and subjects start with this.
const NAME = 'mo-postback doctor';
const FROM = '15550101234';
const FILES = [
  'https://content.example.com/mo-postback-doctor.jpg',
  'https://content.example.com/mo-postback-doctor.smil',
  'https://content.example.com/mo-postback-doctor.txt',
];

/** Each call makes new messages, with ids that no other run uses. */
export interface Samples {
  readonly sms: (generation: Generation, words: string) => string;
  readonly mms: (generation: Generation) => string;
  /** A picture message to several people. */
  readonly groupMms: () => string;
  readonly bundle: (size: number) => string;
  readonly deliveryReport: () => string;
}

/** @throws PostbackError if the generations cannot represent the number */
export function createSamples(to: string): Samples {
  const run = createRun();
  let count = 0;
  const sms = (generation: Generation, words: string): MoMessageInput => {
    // SMS of G1 and G2 have no id of their own, so the id is in the text as well.
    const text = `${NAME} ${run.idOf(count, '')}: ${words}`;
    return messageOf({ sms: text, mms: undefined, from: FROM, to, subject: undefined }, generation, run, count++);
  };
  const mms = (generation: Generation, from = FROM, recipient = to, files = FILES): MoMessageInput => {
    const subject = generation === 'G1' || generation === 'G2' ? undefined : NAME;
    return messageOf({ sms: undefined, mms: files, from, to: recipient, subject }, generation, run, count++);
  };
  return {
    sms: (generation, words) => serializePostback(sms(generation, words), { generation }),
    mms: (generation) => serializePostback(mms(generation), { generation }),
    groupMms: () => {
      const trackingId = run.idOf(count++, 'MMS_MO_');
      const receivedAt = new Date(run.startedAt);
      const message = { ...sampleMessages.groupMms, trackingId, receivedAt, from: FROM, to, files: FILES };
      return serializePostback({ ...message, subject: NAME }, { generation: 'G5' });
    },
    bundle: (size) =>
      serializeBundle(Array.from({ length: size }, (_, n) => (n % 3 === 2 ? mms('G1') : sms('G1', `message ${n}`)))),
    deliveryReport: () =>
      serializePostback(mms('G2', to, FROM, []), { generation: 'G2' })
        .replaceAll('MMS_MO', 'MMS_MT')
        .replace('N401', 'N101')
        .replace('</POSTBACK>', '  <STATUS protocole="3" status="1"/>\n</POSTBACK>'),
  };
}
