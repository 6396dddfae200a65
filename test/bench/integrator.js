// The code that an integrator writes around an XML parser to get the same messages and checks as from mo-postback.
// It knows only upper-case names and ignores unknown elements, so it does less than mo-postback.

const MAX_LENGTH = 8 * 1024 * 1024;
const TIMESTAMP = /^(\d{4}-\d\d-(\d\d))[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(?:(Z)|([+-]\d\d)(?::?(\d\d))?)$/;

/**
 * Makes the two measured functions from a parser.
 * @param parse XML -> plain objects. An element with children is an object with their names as keys, one without is
 *   its text, and one that occurs several times is a list. The attributes of a NOTIFICATION are under `@`.
 */
export function integrated(parse) {
  const notificationsOf = (xml) => {
    if (xml.length > MAX_LENGTH) throw new Error('too large');
    const { POSTBACK: postback } = parse(xml) ?? {};
    if (typeof postback !== 'object') throw new Error('not a postback');
    const { NOTIFICATION: notifications = postback } = postback;
    return Array.isArray(notifications) ? notifications : [notifications];
  };
  return {
    parsePostback(xml) {
      const notifications = notificationsOf(xml);
      if (notifications.length !== 1) throw new Error('several notifications');
      return messageOf(notifications[0]);
    },
    parseBundle(xml) {
      return notificationsOf(xml).map((notification) => {
        try {
          return { success: true, data: messageOf(notification) };
        } catch (error) {
          return { success: false, error };
        }
      });
    },
  };
}

/** For parsers that do not report document type declarations. */
export function refuseDoctype(xml) {
  if (xml.includes('<!DOCTYPE')) throw new Error('document type declaration');
}

/** Adds a child to an element's object. */
export function addChild(element, name, value) {
  const before = element[name];
  if (before === undefined) element[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else element[name] = [before, value];
}

/** Makes the objects from SAX events. */
export class Tree {
  root = {};
  // The open elements. undefined if an element has no children so far.
  #open = [];
  #text = '';

  open(name, attributes) {
    this.#open.push(name === 'NOTIFICATION' ? { '@': attributes } : undefined);
    this.#text = '';
  }

  text(text) {
    this.#text += text;
  }

  close(name) {
    const value = this.#open.pop() ?? this.#text;
    this.#text = '';
    const parent = this.#open.length - 1;
    addChild(parent < 0 ? this.root : (this.#open[parent] ??= {}), name, value);
  }
}

function messageOf(notification) {
  const origin = required(notification, 'ORIGIN').trim();
  if (origin !== 'SMS_MO' && origin !== 'MMS_MO') throw new Error(`another origin: ${origin}`);
  const receivedAtRaw = field(notification, 'RECEIVED') ?? required(notification, 'TIMESTAMP');
  const message = {
    kind: origin === 'SMS_MO' ? 'sms' : 'mms',
    origin,
    code: required(notification, 'CODE').trim(),
    from: nonEmpty(notification, 'FROM'),
    to: nonEmpty(notification, 'TO'),
    receivedAt: instant(receivedAtRaw.trim()),
    receivedAtRaw,
    extra: [],
  };
  if (origin === 'SMS_MO') {
    message.text = field(notification, 'TEXT') ?? required(notification, 'KEYWORD');
    addOptional(message, 'transactionId', field(notification, 'TRANSACTIONID')?.trim());
  } else {
    message.trackingId = required(notification, 'TRACKINGID').trim();
    message.files = filesOf(notification);
    addOptional(message, 'subject', field(notification, 'SUBJECT'));
    addOptional(message, 'spid', field(notification, 'SPID')?.trim());
  }
  addOptional(message, 'keyword', field(notification, 'KEYWORD')?.trim());
  addOptional(message, 'envelope', envelopeOf(notification));
  return message;
}

function addOptional(message, name, value) {
  if (value !== undefined && value !== '') message[name] = value;
}

/** The text of a field, which may be in BODY. */
function field(notification, name) {
  const value = notification[name] ?? notification.BODY?.[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new Error(Array.isArray(value) ? `duplicate ${name}` : `an element in ${name}`);
}

function required(notification, name) {
  const value = field(notification, name);
  if (value === undefined) throw new Error(`${name} is missing`);
  return value;
}

function nonEmpty(notification, name) {
  const value = required(notification, name).trim();
  if (value === '') throw new Error(`${name} is empty`);
  return value;
}

function filesOf(notification) {
  const content = notification.CONTENT ?? notification.BODY?.CONTENT;
  if (Array.isArray(content)) throw new Error('duplicate CONTENT');
  const files = content?.FILE ?? [];
  return (Array.isArray(files) ? files : [files]).map((file) => file.trim()).filter((file) => file !== '');
}

function envelopeOf(notification) {
  const attributes = notification['@'];
  if (attributes === undefined) return undefined;
  const { id, created } = attributes;
  if (id === undefined && created === undefined) return undefined;
  const envelope = {};
  if (id !== undefined) envelope.id = id.trim();
  if (created !== undefined) {
    envelope.createdAt = instant(created.trim());
    envelope.createdAtRaw = created;
  }
  return envelope;
}

/** Rewrites a time with an offset to the form that every engine reads. */
function instant(text) {
  const match = TIMESTAMP.exec(text);
  if (match === null) throw new Error('no time, or one without offset');
  const [, day, dayOfMonth, time, utc, hours, minutes = '00'] = match;
  const instant = new Date(`${day}T${time}${utc ?? `${hours}:${minutes}`}`);
  if (Number.isNaN(instant.getTime())) throw new Error('no time');
  // V8 reads February 30 as March 2.
  if (dayOfMonth > '28' && new Date(`${day}T00:00Z`).getUTCDate() !== Number(dayOfMonth))
    throw new Error('no such day');
  return instant;
}
