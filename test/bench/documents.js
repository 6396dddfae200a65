// The documents of the benchmarks. docs/benchmarks.md describes them.

/** The second document of the provider's page. */
const G2_MMS = `<POSTBACK>
  <NOTIFICATION>
    <ORIGIN>MMS_MO</ORIGIN>
    <CODE>N401</CODE>
    <FROM>13217949521</FROM>
    <TO>74700</TO>
    <KEYWORD>all</KEYWORD>
    <TRACKINGID>MMS_MO_iLnCRrL6</TRACKINGID>
    <SPID>0001470</SPID>
    <TIMESTAMP>2014-02-03T11:19:49-05:00</TIMESTAMP>
    <CONTENT>
      <FILE>URL of Content Here</FILE>
      <FILE>URL of Content Here</FILE>
      <FILE>URL of Content Here</FILE>
    </CONTENT>
  </NOTIFICATION>
</POSTBACK>
`;

const SHORT_SMS = `<POSTBACK>
  <ORIGIN>SMS_MO</ORIGIN>
  <CODE>N211</CODE>
  <FROM>15550104477</FROM>
  <TO>86717</TO>
  <TEXT>007 is not 7 &amp; blanks count </TEXT>
  <RECEIVED>2014-02-03T11:19:49-05:00</RECEIVED>
</POSTBACK>
`;

// Texts: short and long, with references, and with characters that need two bytes in V8's strings.
const TEXTS = [
  'YES',
  'STOP',
  'Where do I find the nearest store? I am in Springfield',
  ' 1e5 ',
  'Tom &amp; Jerry &lt;3',
  'Gracias, mañana paso por allí 🙂',
  'I tried the code on the receipt three times and it says that it has been used already. Can somebody please look at ' +
    'it, or call me back on this number after 5 pm?',
  '007',
];
const KEYWORDS = ['testoffer', 'all', 'WIN', 'pizza'];

/** The digits of a number, padded with zeros. */
const digits = (n, length) => String(n).padStart(length, '0');

/** Notification `n` of a bundle of the oldest generation. It is the same in every run. */
function notification(n) {
  const time = `15:${digits(n % 60, 2)}:${digits((n * 7) % 60, 2)}`;
  const from = `1555${digits((n * 7919) % 10_000_000, 7)}`;
  const isMms = n % 3 === 2;
  const keyword = KEYWORDS[n % KEYWORDS.length];
  const fields = isMms
    ? `      <KEYWORD>${keyword}</KEYWORD>
      <TRACKINGID>MMS_MO_${(n * 2_654_435_761).toString(36)}</TRACKINGID>
      <SPID>000${digits(1400 + (n % 300), 4)}</SPID>
      <TIMESTAMP>2011-09-28T${time}-04:00</TIMESTAMP>
      <CONTENT>
${Array.from({ length: 1 + (n % 4) }, (_, file) => `        <FILE>https://content.example.com/mms/${String(n)}/${String(file)}.jpg</FILE>\n`).join('')}      </CONTENT>
`
    : `      <KEYWORD>${keyword}</KEYWORD>
      <TEXT>${TEXTS[n % TEXTS.length]}</TEXT>
      <RECEIVED>2011-09-28T${time}-04:00</RECEIVED>
`;
  return `  <NOTIFICATION id="${String(81_000_000 + n)}" created="2011-09-28 ${time}.278751-04">
    <ORIGIN>${isMms ? 'MMS_MO' : 'SMS_MO'}</ORIGIN>
    <CODE>${isMms ? 'N401' : 'N211'}</CODE>
    <BODY>
      <FROM>${from}</FROM>
      <TO>86717</TO>
${fields}    </BODY>
  </NOTIFICATION>
`;
}

export const NOTIFICATIONS = Array.from({ length: 300 }, (_, n) => notification(n));

// The notification whose length is nearest to the mean.
const mean = NOTIFICATIONS.join('').length / NOTIFICATIONS.length;
const AVERAGE = NOTIFICATIONS.reduce((a, b) => (Math.abs(b.length - mean) < Math.abs(a.length - mean) ? b : a));

/** A POSTBACK around notifications. */
const bundle = (notifications) => `<POSTBACK>\n${notifications.join('')}</POSTBACK>\n`;

/** The message of the short SMS as the provider's JSON. */
const JSON_SMS = JSON.stringify({
  origin: 'SMS_MO',
  code: 'N211',
  from: '15550104477',
  to: '86717',
  'message-text': '007 is not 7 & blanks count ',
  received: '2014-02-03T11:19:49-05:00',
});

/** The names of the documents that are also read as bytes. */
export const STRINGS = ['MMS (G2)', 'short SMS', 'bundle of 300'];

/** The name of a document as bytes. */
export const asBytes = (name) => `${name}, bytes`;

/** By name: the source, how many notifications are in it, and which function reads it. */
export const documents = {
  'MMS (G2)': { source: G2_MMS, count: 1, reader: 'parsePostback' },
  'short SMS': { source: SHORT_SMS, count: 1, reader: 'parsePostback' },
  'bundle of 300': { source: bundle(NOTIFICATIONS), count: 300, reader: 'parseBundle' },
  'JSON SMS': { source: JSON_SMS, count: 1, reader: 'parsePostback' },
  'bundle of one': { source: bundle([AVERAGE]), count: 1, reader: 'parseBundle' },
  'the same one 300 times': { source: bundle(Array(300).fill(AVERAGE)), count: 300, reader: 'parseBundle' },
  'MMS with a comment': {
    source: G2_MMS.replace('<POSTBACK>', '<POSTBACK><!-- unusual -->'),
    count: 1,
    reader: 'parsePostback',
  },
};

// A flat string that was decoded from bytes, as on a server, not one that the engine still has to join.
for (const document of Object.values(documents)) document.source = Buffer.from(document.source).toString();

for (const name of STRINGS)
  documents[asBytes(name)] = { ...documents[name], source: Buffer.from(documents[name].source) };

/** Documents that every contestant must refuse. `isWellFormed`: even one that cannot check well-formedness. */
export const refused = [
  { xml: SHORT_SMS.replace(/<FROM>.*<\/FROM>/, ''), isWellFormed: true },
  { xml: SHORT_SMS.replace('15550104477', ' '), isWellFormed: true },
  { xml: SHORT_SMS.replace('<TO>', '<TO>1</TO><TO>'), isWellFormed: true },
  { xml: SHORT_SMS.replace('-05:00', ''), isWellFormed: true },
  { xml: SHORT_SMS.replace('02-03T', '02-30T'), isWellFormed: true },
  { xml: `<!DOCTYPE POSTBACK>${SHORT_SMS}`, isWellFormed: true },
  { xml: SHORT_SMS + ' '.repeat(8 * 1024 * 1024), isWellFormed: true },
  { xml: SHORT_SMS.replace('</TO>', '</OT>'), isWellFormed: false },
  { xml: SHORT_SMS.replace('</POSTBACK>', ''), isWellFormed: false },
  { xml: SHORT_SMS.replace('&amp;', '&'), isWellFormed: false },
];
