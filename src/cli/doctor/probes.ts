// What `doctor` posts: one table. docs/command.md lists the same probes.

import { fromBinaryString } from '../../read/binary-string.ts';
import { toPostbackBody } from '../../testing/postback-body.ts';
import type { Postback } from '../../testing/postback-body.ts';
import { createSamples } from './samples.ts';
import type { Samples } from './samples.ts';

export interface Probe {
  /** At most 18 characters: see the columns in report.ts. */
  readonly name: string;
  readonly postback: Postback;
  /** The statuses that are right. */
  readonly accepted: readonly number[];
  /** What to change if this probe fails, but the plain one does not. */
  readonly advice?: string;
  /** Whether the body is sent in pieces. */
  readonly isSlow?: boolean;
}

const DELIVERED = [200];
// A 5xx is not among them: from outside, a deliberate one looks like a crash, and it makes the provider retry a
// document that no retry improves.
const DELIVERED_OR_REFUSED = [200, 400, 422];
const FORM_TYPE = 'application/x-www-form-urlencoded';

/**
 * The probes in the order in which they are posted. The first one is the plainest: if it fails, the reason is not what
 * is special about the others.
 * @throws PostbackError if the number cannot be sent
 */
export function createProbes(to: string): readonly [plain: Probe, ...others: Probe[]] {
  const samples = createSamples(to);
  const plain: Probe = { name: 'G3 SMS', postback: xml(samples.sms('G3', 'plain')), accepted: DELIVERED };
  return [
    plain,
    {
      name: 'retry',
      postback: plain.postback,
      accepted: DELIVERED,
      advice: 'A message that is stored already is not an error: answer 200 again, or the provider keeps sending it.',
    },
    ...generationProbes(samples),
    ...bodyProbes(samples),
    ...contentProbes(samples),
  ];
}

/** The other generations, and MMS. */
function generationProbes({ sms, mms, groupMms }: Samples): Probe[] {
  const inBundle = `Read notifications in a bundle: POSTBACK > NOTIFICATION > BODY > the fields. ${UNUSED_FORMAT}`;
  const withoutId = `Read messages without TRANSACTIONID and SUBJECT. ${UNUSED_FORMAT}`;
  const inKebabCase = `Read names in lower case (tracking-id), and empty elements. ${UNUSED_FORMAT}`;
  const asJson = `Read JSON, sent as application/json. ${UNUSED_FORMAT}`;
  return [
    {
      name: 'G3 MMS',
      postback: xml(mms('G3')),
      accepted: DELIVERED,
      advice: 'Read picture messages: TRACKINGID, no TEXT, and any number of FILE elements in CONTENT.',
    },
    { name: 'G1 SMS', postback: xml(sms('G1', 'G1')), accepted: DELIVERED, advice: inBundle },
    { name: 'G1 MMS', postback: xml(mms('G1')), accepted: DELIVERED, advice: inBundle },
    { name: 'G2 SMS', postback: xml(sms('G2', 'G2')), accepted: DELIVERED, advice: withoutId },
    { name: 'G2 MMS', postback: xml(mms('G2')), accepted: DELIVERED, advice: withoutId },
    { name: 'G4 SMS', postback: xml(sms('G4', 'G4')), accepted: DELIVERED, advice: inKebabCase },
    { name: 'G4 MMS', postback: xml(mms('G4')), accepted: DELIVERED, advice: inKebabCase },
    { name: 'G5 SMS', postback: json(sms('G5', 'G5')), accepted: DELIVERED, advice: asJson },
    { name: 'G5 group MMS', postback: json(groupMms()), accepted: DELIVERED, advice: asJson },
  ];
}

const UNUSED_FORMAT = 'You can ignore this if your provider does not use this format.';

/** The ways in which XML arrives, besides as text/xml. */
function bodyProbes({ sms }: Samples): Probe[] {
  const document = (words: string): string => sms('G3', words);
  return [
    {
      name: 'application/xml',
      postback: xml(document('application/xml'), 'application/xml'),
      accepted: DELIVERED,
      advice: 'Read application/xml in the same way as text/xml.',
    },
    {
      name: 'no Content-Type',
      postback: toPostbackBody(document('no Content-Type'), { contentType: undefined }),
      accepted: DELIVERED,
      advice: 'Read the body even if the request has no Content-Type: look at how it starts.',
    },
    {
      name: 'labelled as a form',
      postback: xml(document('labelled as a form, a=b&c=%20'), FORM_TYPE),
      accepted: DELIVERED,
      advice:
        `Some providers label XML as ${FORM_TYPE}. Put the receiver before body parsers, and look at how the body ` +
        'starts: a form parser destroys the XML.',
    },
    {
      name: 'urlencoded form',
      postback: toPostbackBody(document('in a form'), { form: 'urlencoded', field: 'xml' }),
      accepted: DELIVERED,
      advice: 'Read the XML from the field "xml" of a form.',
    },
    {
      name: 'multipart form',
      postback: toPostbackBody(document('in a multipart form'), { form: 'multipart', field: 'xml' }),
      accepted: DELIVERED,
      advice: 'Read the XML from the field "xml" of a multipart form.',
    },
  ];
}

/** Large, careless, foreign, slow and broken postbacks. */
function contentProbes({ sms, bundle, deliveryReport }: Samples): Probe[] {
  return [
    {
      name: 'bundle of 300',
      postback: xml(bundle(300)),
      accepted: DELIVERED,
      advice: 'Read all messages of a bundle, store them within 10 seconds, and do slow work after the answer.',
    },
    {
      name: 'stray &',
      postback: xml(sms('G3', 'fish & chips').replace('fish &amp; chips', 'fish & chips')),
      accepted: DELIVERED,
      advice:
        'Providers do not always escape what people write. Repair such documents (mo-postback does), or store the ' +
        'body and answer 200.',
    },
    {
      name: 'emoji and accents',
      postback: xml(sms('G3', 'Crème brûlée, Grüße, 你好 \u{1F600}')),
      accepted: DELIVERED,
      advice: 'Decode the body as UTF-8, and use a database encoding that has emoji: utf8mb4 in MySQL.',
    },
    {
      name: 'ISO-8859-1',
      postback: xml(fromBinaryString(`<?xml version="1.0" encoding="ISO-8859-1"?>\n${sms('G3', 'Crème brûlée')}`)),
      accepted: DELIVERED,
      advice: 'Use the encoding in the XML declaration: give the bytes of the body to the XML parser, not a string.',
    },
    {
      name: 'delivery report',
      postback: xml(deliveryReport()),
      accepted: DELIVERED,
      advice: 'Other notifications arrive at the same URL: answer 200 to those that you do not need.',
    },
    {
      name: 'slow body',
      postback: xml(sms('G3', 'slow')),
      accepted: DELIVERED,
      isSlow: true,
      advice: 'Accept Transfer-Encoding: chunked, and read the body until its end, at least for 5 seconds.',
    },
    {
      name: 'cut-off XML',
      postback: xml(sms('G3', 'cut off').replace(/<\/TEXT>[^]*/, '')),
      accepted: DELIVERED_OR_REFUSED,
      advice: 'Catch the error of the XML parser. Store the body and answer 200, or answer 400.',
    },
  ];
}

function xml(document: string | Uint8Array, contentType = 'text/xml'): Postback {
  return toPostbackBody(document, { contentType });
}

function json(document: string): Postback {
  return toPostbackBody(document, { contentType: 'application/json' });
}
