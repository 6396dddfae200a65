// Writers that use all the freedom that XML, JSON and the protocol leave to a sender.

import type { Arbitrary } from 'fast-check';
import type { MoMessage, PostbackNotification, WireElement } from '../message.ts';
import { fastCheck } from './fast-check.ts';

/** Choices that a writer draws on, over and over: a character each, of which only the code counts. */
export type Choices = string;

/** Ways to write; the simplest is that of nothing but U+0000. */
export function choices(): Arbitrary<Choices> {
  return fastCheck().string({ unit: 'binary-ascii', minLength: 1, maxLength: 30 });
}

/** Draws on choices: a number below `count`, or one of some texts. */
function drawing(style: Choices): { draw: (count: number) => number; one: (...texts: readonly string[]) => string } {
  let drawn = 0;
  const draw = (count: number): number => style.charCodeAt(drawn++ % style.length) % count;
  return {
    draw,
    one(...texts) {
      const n = draw(texts.length);
      return texts.slice(n, n + 1).join('');
    },
  };
}

/** Writes notifications as XML, each detail as the choices say. */
export function writeXml(notifications: readonly PostbackNotification[], style: Choices, isBundle: boolean): string {
  const { draw, one } = drawing(style);
  const blank = (): string => one('', '\n  ', '\r\n\t', ' ', '<!-- <FROM>&no; -->', '<?skip <FROM>?>');
  const reference = (character: string): string => {
    const code = Number(character.codePointAt(0));
    return one(`&#${String(code)};`, `&#x${code.toString(16)};`, `&#x000${code.toString(16).toUpperCase()};`);
  };
  const entity: Partial<Record<string, string>> = {
    '<': '&lt;',
    '>': '&gt;',
    '&': '&amp;',
    '"': '&quot;',
    "'": '&apos;',
  };

  const text = (value: string): string => {
    let xml = '';
    for (const character of value) {
      const way = draw(10);
      // A carriage return as such would be a line end, and that is a line feed.
      if (character === '\r' || way === 0) xml += reference(character);
      else if (way === 1) xml += `<![CDATA[${character}]]>`;
      else if (way === 2) xml += `${entity[character] ?? character}<!-- & -->`;
      else if (way === 3) xml += `<?pi & ?>${entity[character] ?? character}`;
      else if (way === 4 && !'<>&'.includes(character)) xml += character === '\n' ? '\r\n' : character;
      else xml += entity[character] ?? character;
    }
    return xml;
  };
  const attribute = (value: string): string => {
    const quote = draw(2) === 0 ? '"' : "'";
    let xml = '';
    for (const character of value)
      xml += '\t\n\r'.includes(character) || draw(5) === 0 ? reference(character) : (entity[character] ?? character);
    return quote + xml + quote;
  };
  const named = (...names: [string, ...string[]]): string => {
    const name = one(...names);
    return one(name.toUpperCase(), name.toLowerCase(), name.toUpperCase().replace(/-/g, '_'));
  };
  const element = (name: string, content: string): string =>
    `<${name}${one('', ' ', '\r\n')}>${content}</${name}${one('', '\n')}>`;
  const field = (names: [string, ...string[]], value: string | undefined): string[] =>
    value === undefined ? [] : [element(named(...names), text(value))];
  const list = (names: [string, ...string[]], item: string, values: readonly string[] | undefined): string[] =>
    values === undefined
      ? []
      : [
          element(
            named(...names),
            values.map((value) => blank() + element(named(item), text(value))).join('') + blank(),
          ),
        ];

  const wireElement = ({ name, text: words, attributes, children }: WireElement): string =>
    `<${[name, ...Object.entries(attributes).map(([key, value]) => `${key}=${attribute(value)}`)].join(' ')}>${text(words)}${children.map(wireElement).join('')}</${name}>`;
  // Their order is the notification's: together they go wherever the others do.
  const together = (elements: readonly WireElement[]): string[] =>
    elements.length === 0 ? [] : [elements.map((element) => wireElement(element) + blank()).join('')];

  const moFields = (message: MoMessage): string[] => [
    ...field(['FROM'], message.from),
    ...field(['TO'], message.to),
    ...field(['RECEIVED', 'TIMESTAMP'], message.receivedAtRaw),
    ...field(['KEYWORD'], message.keyword),
    ...(message.kind === 'sms'
      ? [
          ...field(['TEXT', 'MESSAGE-TEXT'], message.text),
          ...field(['TRANSACTIONID', 'TRACKING-ID'], message.transactionId),
        ]
      : [
          ...field(['TRACKINGID', 'TRACKING-ID'], message.trackingId),
          ...field(['SUBJECT', 'MESSAGE-SUBJECT'], message.subject),
          ...field(['SPID'], message.spid),
          ...field(['OPERATOR-ID'], message.operatorId),
          ...list(['CONTENT'], 'FILE', message.files),
          ...list(['COPY-TO'], 'number', message.copyTo),
        ]),
    ...together(message.extra),
  ];
  const notification = (message: PostbackNotification): string => {
    const fields = [
      ...field(['ORIGIN'], message.origin),
      ...field(['CODE'], message.code),
      ...(message.kind === 'other' ? together(message.fields) : moFields(message)),
    ];
    const turn = draw(fields.length);
    const ordered = [...fields.slice(turn), ...fields.slice(0, turn)].map((xml) => blank() + xml).join('') + blank();
    const content = draw(3) === 0 ? blank() + element(named('BODY'), ordered) + blank() : ordered;
    if (!isBundle) return content;
    const name = named('NOTIFICATION');
    const { id, createdAtRaw } = message.envelope ?? {};
    const attributes = [
      ...(id === undefined ? [] : [`${named('id')}=${attribute(id)}`]),
      ...(createdAtRaw === undefined ? [] : [`${named('created')} = ${attribute(createdAtRaw)}`]),
    ];
    return `${blank()}<${[name, ...attributes].join(' ')}>${content}</${name}>${blank()}`;
  };

  const declaration = one('', '<?xml version="1.0"?>', "<?xml version='1.0' encoding='UTF-8'?>\n");
  return `${declaration}${element(named('POSTBACK'), notifications.map(notification).join(''))}\n`;
}

/** Writes notifications as JSON, each detail as the choices say. */
export function writeJson(notifications: readonly PostbackNotification[], style: Choices, isList: boolean): string {
  const { draw, one } = drawing(style);
  const blank = (): string => one('', '\n  ', '\r\n\t', ' ');
  const short: Partial<Record<string, string>> = {
    '"': '\\"',
    '\\': '\\\\',
    '/': '\\/',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
  };
  const string = (value: string): string => {
    let json = '';
    for (const character of value) {
      const escaped = character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
      const way = draw(4);
      if (way === 0) json += escaped;
      else if (way === 1 && character === '/') json += '/';
      // Of the control characters, XML's text has none that is not here.
      else json += short[character] ?? character;
    }
    return `"${json}"`;
  };
  const value = (text: string): string => (/^(?:0|-?[1-9]\d{0,14})$/.test(text) && draw(2) === 0 ? text : string(text));
  const name = (...names: [string, ...string[]]): string => {
    const chosen = one(...names);
    return string(
      one(
        chosen,
        chosen.toUpperCase(),
        chosen.replace(/-/g, '_'),
        chosen.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
      ),
    );
  };
  const member = (named: string, written: string): string => `${named}${blank()}:${blank()}${written}`;
  const joined = (parts: readonly string[], [open, close]: readonly [string, string]): string =>
    `${open}${parts.map((part) => blank() + part + blank()).join(',')}${blank()}${close}`;
  const field = (names: [string, ...string[]], text: string | undefined): string[] =>
    text === undefined ? [] : [member(name(...names), value(text))];
  const list = (named: string, item: string, texts: readonly string[]): string[] =>
    texts.length === 0 && draw(2) === 0
      ? []
      : [
          member(
            name(named),
            joined(
              texts.map((text) => joined([member(name(item), value(text))], ['{', '}'])),
              ['[', ']'],
            ),
          ),
        ];

  const wireMember = ({ name: named, text, children }: WireElement): string =>
    member(string(named), children.length === 0 ? value(text) : joined(children.map(wireMember), ['{', '}']));

  const moMembers = (message: MoMessage): string[] => [
    ...field(['from'], message.from),
    ...field(['to'], message.to),
    ...field(['timestamp', 'received'], message.receivedAtRaw),
    ...field(['keyword'], message.keyword),
    ...(message.kind === 'sms'
      ? [
          ...field(['message-text', 'text'], message.text),
          ...field(['tracking-id', 'transaction-id'], message.transactionId),
        ]
      : [
          ...field(['tracking-id'], message.trackingId),
          ...field(['message-subject', 'subject'], message.subject),
          ...field(['spid'], message.spid),
          ...field(['operator-id'], message.operatorId),
          ...list('content', 'file', message.files),
          ...list('copy-to', 'number', message.copyTo ?? []),
        ]),
  ];
  const notification = (message: PostbackNotification): string => {
    const members = [
      ...field(['origin'], message.origin),
      ...field(['code'], message.code),
      ...(message.kind === 'other' ? [] : moMembers(message)),
    ];
    // In their own order.
    const beside = (message.kind === 'other' ? message.fields : message.extra).map(wireMember);
    const turn = draw(members.length);
    return joined([...members.slice(turn), ...beside, ...members.slice(0, turn)], ['{', '}']);
  };
  const written = notifications.map(notification);
  return blank() + (isList ? joined(written, ['[', ']']) : written.join('')) + blank();
}
