// An arbitrary of postbacks with the faults of careless senders, and what `recover` makes of them.

import type { Arbitrary } from 'fast-check';
import type { PostbackWarning } from '../errors.ts';
import type { MmsMo, SmsMo } from '../message.ts';
import { trimXml } from '../protocol/xml-whitespace.ts';
import { fromBinaryString, toBinaryString } from '../read/binary-string.ts';
import type { PostbackDocument } from './documents.ts';
import { fastCheck } from './fast-check.ts';
import { toPostbackBody } from './postback-body.ts';
import type { BodyFormat } from './postback-body.ts';

type WarningCode = PostbackWarning['code'];

/** A postback with faults, and the results of `parseBundle` with `recover`. */
export interface CarelessDocument extends PostbackDocument {
  /** The document as text. Instead of bytes that are not valid UTF-8, it has the characters that are read. */
  readonly text: string;
  /**
   * In wire order, as they are read with `recover`. The time of a message with the warning `UNREADABLE_TIME` is
   * `fallbackTime`; in a receiver it is the time when the postback arrives.
   */
  readonly notifications: readonly (SmsMo | MmsMo)[];
  /** The codes of the warnings of each notification, if the body is read. `text` has no `FOREIGN_BYTES`. */
  readonly warnings: readonly (readonly WarningCode[])[];
  /** To be given to the parser. */
  readonly fallbackTime: Date;
}

/** A part of a document: what is sent, and what is read. */
interface Part {
  /** Bytes, as a binary string. */
  readonly sent: string;
  /** As `sent`, for a document that is text. */
  readonly text: string;
  readonly read: string;
  readonly codes: readonly WarningCode[];
}

/**
 * Arbitrary postbacks with the faults that careless senders make, in XML and JSON: what people write is not escaped, is
 * in another encoding, or contains control characters, and times are unreadable. A receiver accepts all of them.
 * @throws Error if fast-check is not installed
 */
export function carelessDocument(): Arbitrary<CarelessDocument> {
  const fc = fastCheck();
  return fc.oneof({ weight: 3, arbitrary: documentOf(XML) }, { weight: 1, arbitrary: documentOf(JSON_SYNTAX) });
}

/** What can be wrong in a text, and how a document is written. */
interface Syntax {
  readonly faults: readonly Part[];
  readonly starts: readonly Part[];
  readonly ends: readonly Part[];
  readonly formats: readonly BodyFormat[];
  readonly open: string;
  readonly close: string;
  readonly write: (message: DraftMessage) => readonly Part[];
  readonly separator: string;
}

/** A message before it is written. */
interface DraftMessage {
  readonly kind: 'sms' | 'mms';
  readonly from: string;
  readonly to: string;
  readonly id: string;
  /** TEXT, or SUBJECT. */
  readonly words: readonly Part[];
  readonly keyword: readonly Part[];
  readonly time: 'readable' | 'unreadable' | 'missing' | 'in TIMESTAMP';
}

const TIME = '2014-02-03T11:19:49-05:00';
const FALLBACK_TIME = new Date('2026-11-27T12:00:00Z');

function documentOf(syntax: Syntax): Arbitrary<CarelessDocument> {
  const fc = fastCheck();
  return fc
    .record({
      start: fc.constantFrom(...syntax.starts),
      messages: fc.array(draftMessage(syntax), { minLength: 1, maxLength: 4 }),
      end: fc.constantFrom(...syntax.ends),
      format: fc.constantFrom(...syntax.formats),
    })
    .map(({ start, messages, end, format }) => {
      const written = messages.map((message) => syntax.write(message));
      const parts = [
        start,
        plain(syntax.open),
        ...written.flatMap((content, n) => (n === 0 ? content : [plain(syntax.separator), ...content])),
        plain(syntax.close),
        end,
      ];
      const body = fromBinaryString(parts.map(({ sent }) => sent).join(''));
      return {
        text: parts.map(({ text }) => text).join(''),
        ...toPostbackBody(body, format),
        notifications: messages.map(readMessage),
        warnings: written.map((content, n) => [
          ...(n === 0 ? start.codes : []),
          ...content.flatMap(({ codes }) => codes),
          ...(isTimeUnreadable(messages[n]) ? (['UNREADABLE_TIME'] as const) : []),
        ]),
        fallbackTime: new Date(FALLBACK_TIME),
      };
    });
}

function draftMessage({ faults }: Syntax): Arbitrary<DraftMessage> {
  const fc = fastCheck();
  const part = fc.oneof(fc.constantFrom(...WORDS), fc.constantFrom(...faults));
  return fc.record({
    kind: fc.constantFrom('sms', 'mms'),
    from: fc.stringMatching(/^1[2-9]\d{9}$/),
    to: fc.stringMatching(/^\d{5,6}$/),
    id: fc.stringMatching(/^[1-9]\d{18}$/),
    words: fc.array(part, { minLength: 1, maxLength: 6 }),
    keyword: fc.oneof(fc.constant([]), fc.array(part, { minLength: 1, maxLength: 2 })),
    time: fc.constantFrom('readable', 'readable', 'unreadable', 'missing', 'in TIMESTAMP'),
  });
}

function isTimeUnreadable(message: DraftMessage | undefined): boolean {
  return message?.time === 'unreadable' || message?.time === 'missing';
}

/** A message as it is read. */
function readMessage(message: DraftMessage): SmsMo | MmsMo {
  const { kind, from, to, id, time } = message;
  const words = message.words.map(({ read }) => read).join('');
  const keyword = trimXml(message.keyword.map(({ read }) => read).join(''));
  const unreadable = { name: 'RECEIVED', text: UNREADABLE, attributes: NO_ATTRIBUTES, children: [] };
  const common = {
    from,
    to,
    receivedAt: new Date(isTimeUnreadable(message) ? FALLBACK_TIME : TIME),
    receivedAtRaw: { readable: TIME, unreadable: UNREADABLE, missing: '', 'in TIMESTAMP': TIME }[time],
    ...(keyword === '' ? {} : { keyword }),
    extra: time === 'in TIMESTAMP' ? [unreadable] : [],
  };
  return kind === 'sms'
    ? { kind, origin: 'SMS_MO', code: 'N211', ...common, text: words, transactionId: id }
    : { kind, origin: 'MMS_MO', code: 'N401', ...common, subject: words, trackingId: id, files: [] };
}

const UNREADABLE = 'yesterday, 5 pm';
const NO_ATTRIBUTES = Object.freeze(Object.create(null) as Record<string, string>);

/** A part without a fault. */
function plain(text: string): Part {
  return { sent: toBinaryString(new TextEncoder().encode(text)), text, read: text, codes: [] };
}

/** A fault in a document that is text. */
function fault(text: string, read: string, ...codes: readonly WarningCode[]): Part {
  return { ...plain(text), read, codes };
}

/** Bytes that are not valid UTF-8. */
function foreign(sent: string, read: string, code: WarningCode = 'FOREIGN_BYTES'): Part {
  return { sent, text: read, read, codes: [code] };
}

// Each begins and ends with a character that does not change the meaning of another part.
const WORDS = ['hello.', '007', 'é', 'a b', '😀', '\n.', '—'].map(plain);

const FOREIGN = [
  foreign('caf\xE9.', 'café.'),
  foreign('\x80.', '€.'),
  foreign('\xED\xA0\xBD\xED\xB8\x80.', '😀.'),
  foreign('\xED\xA0\xBD.', '\uFFFD.'),
  foreign('\xE9\xB0.', '\uFFFD.'),
  foreign('\xF0\x9F\x98.', '\uFFFD.'),
];

const NONE = plain('');
const SECOND_MARK = fault('\uFEFF\uFEFF', '', 'OUTSIDE_DOCUMENT');
const ENDS = [NONE, plain('\n'), plain('\0\0\x01\n')];

const XML: Syntax = {
  faults: [
    ...FOREIGN,
    fault('AT&T.', 'AT&T.', 'STRAY_AMPERSAND'),
    fault('fish & chips', 'fish & chips', 'STRAY_AMPERSAND'),
    ...['I <3 you', '1 < 2', 'enemy<goblin>', '<jo@example.com>', '<br/>', 'what <? why', '<!-- oh', '</i>'].map(
      (text) => fault(text, text, 'STRAY_LESS_THAN'),
    ),
    fault('<b>bold</b>', '<b>bold</b>', 'STRAY_LESS_THAN', 'STRAY_LESS_THAN'),
    fault('&eacute;', 'é', 'UNDEFINED_ENTITY'),
    fault('&nosuch;', '&nosuch;', 'UNDEFINED_ENTITY'),
    fault('&#55357;&#56832;', '😀', 'SURROGATE_REFERENCES'),
    fault('&#xD83D;&#56832;', '😀', 'SURROGATE_REFERENCES'),
    fault(']]>', ']]>', 'STRAY_CDATA_END'),
    fault('\x01', '\uFFFD', 'FORBIDDEN_CHARACTER'),
    fault('&#0;', '\uFFFD', 'FORBIDDEN_CHARACTER'),
    fault('&#xD83D;.', '\uFFFD.', 'FORBIDDEN_CHARACTER'),
    fault('<![CDATA[\x02&]]>', '\uFFFD&', 'FORBIDDEN_CHARACTER'),
  ],
  starts: [
    NONE,
    plain('<?xml version="1.0" encoding="UTF-8"?>'),
    fault('\n<?xml version="1.0" encoding="UTF-8"?>\n', '', 'OUTSIDE_DOCUMENT'),
    SECOND_MARK,
  ],
  ends: ENDS,
  formats: [
    { contentType: 'text/xml' },
    { contentType: 'application/xml; charset=utf-8' },
    { contentType: undefined },
    { form: 'urlencoded', field: 'xml' },
    { form: 'multipart', field: 'xml' },
  ],
  open: '<POSTBACK>',
  close: '</POSTBACK>',
  separator: '\n',
  write({ kind, from, to, id, words, keyword, time }) {
    const isSms = kind === 'sms';
    const field = (name: string, text: string): string => `<${name}>${text}</${name}>`;
    const times = {
      readable: field('RECEIVED', TIME),
      unreadable: field('RECEIVED', UNREADABLE),
      missing: '',
      'in TIMESTAMP': field('RECEIVED', UNREADABLE) + field('TIMESTAMP', TIME),
    };
    const name = isSms ? 'TEXT' : 'SUBJECT';
    const head = field('ORIGIN', isSms ? 'SMS_MO' : 'MMS_MO') + field('CODE', isSms ? 'N211' : 'N401');
    const parties = field('FROM', from) + field('TO', to) + field(isSms ? 'TRANSACTIONID' : 'TRACKINGID', id);
    return [
      plain(`<NOTIFICATION>${head}<BODY>${parties}<${name}>`),
      ...words,
      plain(`</${name}><KEYWORD>`),
      ...keyword,
      plain(`</KEYWORD>${times[time]}</BODY></NOTIFICATION>`),
    ];
  },
};

const JSON_SYNTAX: Syntax = {
  faults: [
    ...FOREIGN,
    fault('\\u0000', '\uFFFD', 'FORBIDDEN_CHARACTER'),
    fault('\0', '\uFFFD', 'FORBIDDEN_CHARACTER'),
    fault('\x02.', '\x02.', 'FORBIDDEN_CHARACTER'),
    fault('\\uD83D.', '\uFFFD.', 'FORBIDDEN_CHARACTER'),
    // Not a fault, but it looks like one.
    fault('<b> & \\uD83D\\uDE00', '<b> & 😀'),
  ],
  starts: [NONE, SECOND_MARK],
  ends: ENDS,
  formats: [{ contentType: 'application/json' }, { contentType: 'application/json; charset=utf-8' }],
  open: '[',
  close: ']',
  separator: ',\n',
  write({ kind, from, to, id, words, keyword, time }) {
    const isSms = kind === 'sms';
    const times = {
      readable: `,"received":"${TIME}"`,
      unreadable: `,"received":"${UNREADABLE}"`,
      missing: '',
      'in TIMESTAMP': `,"RECEIVED":"${UNREADABLE}","timestamp":"${TIME}"`,
    };
    const head = `"origin":"${isSms ? 'SMS_MO' : 'MMS_MO'}","code":"${isSms ? 'N211' : 'N401'}"`;
    const parties = `"from":"${from}","to":"${to}","tracking-id":${id}`;
    return [
      plain(`{${head},${parties},"${isSms ? 'message-text' : 'message-subject'}":"`),
      ...words.map(escapedLineFeed),
      plain('","keyword":"'),
      ...keyword.map(escapedLineFeed),
      plain(`"${times[time]}}`),
    ];
  },
};

/** A part as it is written in a JSON string. */
function escapedLineFeed(part: Part): Part {
  return { ...part, sent: part.sent.replaceAll('\n', '\\n'), text: part.text.replaceAll('\n', '\\n') };
}
