// Documents for tests: one SMS, one MMS, bundles of them.

const FIELDS = '<CODE>N211</CODE><FROM>15550104477</FROM><TO>86717</TO>';
const TIME = '<RECEIVED>2014-02-03T11:19:49-05:00</RECEIVED>';

/** The fields of an SMS. */
export const smsFields = (text: string, id = ''): string =>
  `<ORIGIN>SMS_MO</ORIGIN>${FIELDS}<TEXT>${text}</TEXT>${id === '' ? '' : `<TRANSACTIONID>${id}</TRANSACTIONID>`}${TIME}`;
/** The fields of an SMS, with this in place of the element with its time. */
export const smsWithTime = (time: string): string => smsFields('hi').replace(TIME, time);
export const UNREADABLE_TIME = '<RECEIVED>never</RECEIVED>';
/** The fields of an MMS. */
export const mmsFields = (id: string): string =>
  `<ORIGIN>MMS_MO</ORIGIN>${FIELDS}<TRACKINGID>${id}</TRACKINGID>${TIME}<CONTENT><FILE>https://content.example.com/1.jpg</FILE></CONTENT>`;
/** The fields of a notification of another kind. */
export const OTHER_FIELDS = '<ORIGIN>SUB</ORIGIN><CODE>N301</CODE>';
/** Fields without the required ones. */
export const BAD_FIELDS = '<ORIGIN>SMS_MO</ORIGIN><CODE>N211</CODE>';

/** A postback of one notification. */
export const single = (fields: string): string => `<POSTBACK>${fields}</POSTBACK>`;
/** A bundle of notifications. */
export const bundle = (...all: string[]): string =>
  `<POSTBACK>${all.map((fields, n) => `<NOTIFICATION id="${String(n + 1)}">${fields}</NOTIFICATION>`).join('')}</POSTBACK>`;

/** An SMS as a JSON object. */
export const jsonSms = (text: string, id = ''): string =>
  JSON.stringify({
    origin: 'SMS_MO',
    code: 'N211',
    from: '15550104477',
    to: '86717',
    'message-text': text,
    timestamp: '2014-02-03T11:19:49-05:00',
    ...(id === '' ? {} : { 'tracking-id': id }),
  });

/** Content-Type headers. */
export const XML = { 'content-type': 'application/xml' };
export const JSON_TYPE = { 'content-type': 'application/json' };
export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
