// Shows how two generic XML parsers with default options, and mo-postback, read documents that arrive every day.

import { XMLParser } from 'fast-xml-parser';
import { parseBundle, parsePostback } from 'mo-postback';
import { parseStringPromise } from 'xml2js';

const mms = (fields) => `<POSTBACK><ORIGIN>MMS_MO</ORIGIN><CODE>N401</CODE><FROM>15550104477</FROM><TO>86717</TO>
  <TRACKINGID>MMS_MO_1</TRACKINGID><TIMESTAMP>2014-02-03T11:19:49-05:00</TIMESTAMP>${fields}</POSTBACK>`;
const sms = (text) => `<POSTBACK><ORIGIN>SMS_MO</ORIGIN><CODE>N211</CODE><FROM>15550104477</FROM><TO>86717</TO>
  <TEXT>${text}</TEXT><RECEIVED>2014-02-03T11:19:49-05:00</RECEIVED></POSTBACK>`;
const bundle = (...texts) =>
  `<POSTBACK>${texts.map((text) => sms(text).replace(/POSTBACK/g, 'NOTIFICATION')).join('')}</POSTBACK>`;
const bomb = `<!DOCTYPE p [<!ENTITY a "${'lol'.repeat(1000)}">]>${sms('&a;'.repeat(30))}`;

// Each case: a description, a document, and how to get the value from the result of a parser.
const cases = [
  ['a SPID of 0001470', mms('<SPID>0001470</SPID>'), (root) => root.SPID, ({ spid }) => spid],
  ['the text 007', sms('007'), (root) => root.TEXT, ({ text }) => text],
  ['the text 1e5', sms('1e5'), (root) => root.TEXT, ({ text }) => text],
  ['a text with blanks', sms('  yes '), (root) => root.TEXT, ({ text }) => text],
  [
    'one FILE',
    mms('<CONTENT><FILE>u1</FILE></CONTENT>'),
    (root) => [root.CONTENT].flat()[0].FILE,
    ({ files }) => files,
  ],
  [
    'two FILEs',
    mms('<CONTENT><FILE>u1</FILE><FILE>u2</FILE></CONTENT>'),
    (root) => [root.CONTENT].flat()[0].FILE,
    ({ files }) => files,
  ],
  ['a bundle of one', bundle('a'), (root) => root.NOTIFICATION.map(({ TEXT }) => TEXT), undefined],
  ['a body cut short', sms('hello').slice(0, -40), (root) => root.TEXT, ({ text }) => text],
  ['an entity bomb', bomb, (root) => `${root.TEXT.length} characters`, ({ text }) => `${text.length} characters`],
];

const told = async (work) => {
  try {
    return JSON.stringify(await work());
  } catch (error) {
    return error.code ?? error.constructor.name;
  }
};

const rows = [['', 'fast-xml-parser', 'xml2js', 'mo-postback']];
for (const [about, xml, ofRoot, ofMessage] of cases) {
  rows.push([
    about,
    await told(() => ofRoot(new XMLParser().parse(xml).POSTBACK)),
    await told(async () => ofRoot((await parseStringPromise(xml)).POSTBACK)),
    await told(() => (ofMessage ? ofMessage(parsePostback(xml)) : parseBundle(xml).map(({ data }) => data.text))),
  ]);
}
for (const row of rows)
  console.log(
    row
      .map((cell, n) => cell.padEnd([20, 19, 19, 0][n]))
      .join('')
      .trimEnd(),
  );
