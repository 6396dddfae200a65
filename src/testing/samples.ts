// Sample messages and documents for testing a server.

import type { MmsMo, SmsMo } from '../message.ts';
import { parseBundle } from '../parse.ts';
import { serializeBundle, serializePostback } from '../write/serialize.ts';
import { toPostbackBody } from './postback-body.ts';
import type { BodyFormat } from './postback-body.ts';
import type { PostbackDocument } from './documents.ts';

/**
 * Messages with details that are easily lost: leading zeros, spaces, one file or several. Every generation can
 * represent `sms` and `mms`. Only G5 can represent `groupMms`.
 */
export const sampleMessages: { readonly sms: SmsMo; readonly mms: MmsMo; readonly groupMms: MmsMo } = {
  sms: {
    kind: 'sms',
    origin: 'SMS_MO',
    code: 'N211',
    from: '15550104477',
    to: '86717',
    text: '007 is not 7 & blanks count ',
    receivedAt: new Date('2014-02-03T16:19:49Z'),
    receivedAtRaw: '2014-02-03T11:19:49-05:00',
    extra: [],
  },
  mms: {
    kind: 'mms',
    origin: 'MMS_MO',
    code: 'N401',
    from: '15550104477',
    to: '00000',
    keyword: 'party',
    trackingId: 'MMS_MO_sample1',
    receivedAt: new Date('2014-02-03T16:19:49Z'),
    receivedAtRaw: '2014-02-03T11:19:49-05:00',
    files: [
      'https://content.example.com/1.jpg',
      'https://content.example.com/2.smil',
      'https://content.example.com/3.txt',
    ],
    extra: [],
  },
  groupMms: {
    kind: 'mms',
    origin: 'MMS_MO',
    code: 'N401',
    from: '15550104477',
    to: '86717',
    trackingId: 'MMS_MO_sample2',
    spid: '0001470',
    operatorId: '31003',
    subject: 'Grüße 🎉',
    receivedAt: new Date('2026-04-24T18:34:00Z'),
    receivedAtRaw: '2026-04-24T18:34:00Z',
    files: ['https://content.example.com/4.jpg'],
    copyTo: ['15550104478', '15550104479'],
    extra: [],
  },
};

/** A postback with a name, for tests that iterate over all samples. */
export interface SampleDocument extends PostbackDocument {
  readonly name: string;
}

const { sms, mms, groupMms } = sampleMessages;

const report = `<POSTBACK>
  <ORIGIN>MMS_MT</ORIGIN>
  <CODE>N101</CODE>
  <FROM>86717</FROM>
  <TO>15550104477</TO>
  <TRACKINGID>MMS_MT_sample3</TRACKINGID>
  <STATUS protocole="3" status="1"/>
</POSTBACK>
`;

/** Postbacks of all generations and kinds, in the bodies in which they arrive, and a delivery report. */
export const sampleDocuments: readonly SampleDocument[] = [
  sample(
    'G1 bundle',
    serializeBundle([
      { ...sms, envelope: { id: '17', createdAt: sms.receivedAt } },
      { ...mms, envelope: { id: '18', createdAt: mms.receivedAt } },
    ]),
  ),
  sample('G2 SMS', serializePostback(sms, { generation: 'G2' })),
  sample('G2 MMS', serializePostback(mms, { generation: 'G2' })),
  sample('G3 SMS', serializePostback({ ...sms, transactionId: 'SMS_MO_sample4' })),
  sample('G3 SMS, labelled as a form', serializePostback({ ...sms, transactionId: 'SMS_MO_sample5' }), {
    contentType: 'application/x-www-form-urlencoded',
  }),
  sample('G3 MMS in a form', serializePostback(mms), { form: 'urlencoded', field: 'xml' }),
  sample('G3 MMS in a multipart form', serializePostback(mms), { form: 'multipart', field: 'xml' }),
  sample('G4 SMS', serializePostback({ ...sms, transactionId: 'SMS_MO_sample6' }, { generation: 'G4' })),
  sample('G4 MMS', serializePostback({ ...groupMms, copyTo: undefined, spid: undefined }, { generation: 'G4' })),
  sample('G5 SMS', serializePostback({ ...sms, transactionId: 'SMS_MO_sample7' }, { generation: 'G5' }), {
    contentType: 'application/json',
  }),
  sample('G5 group MMS', serializePostback(groupMms, { generation: 'G5' }), { contentType: 'application/json' }),
  sample('delivery report', report),
];

function sample(name: string, text: string, format: BodyFormat = { contentType: 'text/xml' }): SampleDocument {
  return {
    name,
    text,
    notifications: parseBundle(text)
      .map(({ data }) => data)
      .filter((data) => data !== undefined),
    ...toPostbackBody(text, format),
  };
}
