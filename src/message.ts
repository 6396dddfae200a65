// The types of parsed messages. Wire names and generations: docs/protocol.md.

/**
 * An element as sent, for everything that has no field in the message. In JSON: a member of an object, or an item of a
 * list. Plain data: only the keys of `attributes` come from the input.
 */
export interface WireElement {
  /** The element's name as sent, with its prefix. `''` for an item of a JSON list. */
  readonly name: string;
  /** All text directly in the element, with references resolved, not trimmed. A JSON number as it was written. */
  readonly text: string;
  /** Attribute values by name. An object without a prototype. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The elements directly in it, in wire order. */
  readonly children: readonly WireElement[];
}

/** The attributes of a NOTIFICATION element. */
export interface Envelope {
  /** The provider's id of the notification (`id`). A retry has the same one. */
  readonly id?: string | undefined;
  /** When the provider sent it (`created`), in milliseconds. Absent if the instant is unknown. */
  readonly createdAt?: Date | undefined;
  /** `created` as sent. */
  readonly createdAtRaw?: string | undefined;
}

/** The fields that an {@link SmsMo} and an {@link MmsMo} have in common. */
export interface MoFields {
  /** The notification's code, usually `N211` or `N401`. Any text is accepted. */
  readonly code: string;
  /** The sender: country code and number, only digits, no `+`. Not empty; nothing else is checked. */
  readonly from: string;
  /** The short code or number that was texted. Not empty. A string: `00000` is a legal value. */
  readonly to: string;
  /** The instant of RECEIVED, or of TIMESTAMP if there is no RECEIVED. Digits finer than milliseconds are truncated. */
  readonly receivedAt: Date;
  /** The same time as sent. */
  readonly receivedAtRaw: string;
  /** KEYWORD, trimmed. Absent if missing or empty. */
  readonly keyword?: string | undefined;
  /** The attributes of the NOTIFICATION element. Absent if it has none. */
  readonly envelope?: Envelope | undefined;
  /** Every element that has no field in this kind of message, in wire order, repeated ones included. */
  readonly extra: readonly WireElement[];
}

/** A text message from a handset (SMS MO). */
export interface SmsMo extends MoFields {
  readonly kind: 'sms';
  readonly origin: 'SMS_MO';
  /** The text exactly as the sender wrote it: never trimmed, `''` if empty. KEYWORD's text if there is no TEXT. */
  readonly text: string;
  /** The provider's id of the message: TRANSACTIONID, otherwise TRACKINGID. Absent if missing or empty. */
  readonly transactionId?: string | undefined;
}

/** A picture message from a handset (MMS MO). */
export interface MmsMo extends MoFields {
  readonly kind: 'mms';
  readonly origin: 'MMS_MO';
  /** The provider's id of the message (TRACKINGID). */
  readonly trackingId: string;
  /** The subject exactly as the sender wrote it. Absent if missing or empty. */
  readonly subject?: string | undefined;
  /** Skycore's carrier id. A string: its leading zeros have a meaning. */
  readonly spid?: string | undefined;
  /** Sinch's carrier id. It is not the same numbering as {@link spid}. */
  readonly operatorId?: string | undefined;
  /**
   * The text of each FILE in CONTENT, trimmed, in wire order, without empty ones. Always a list.
   * Usually URLs on the provider's servers, which delete the files after some time. They are not checked to be URLs.
   */
  readonly files: readonly string[];
  /** The other members of a group MMS, for display. Absent if there are none. */
  readonly copyTo?: readonly string[] | undefined;
}

/** A message from a handset. `kind` says which one. */
export type MoMessage = SmsMo | MmsMo;

/** A notification that is not a message from a handset: a delivery report, a subscription, a pass. */
export interface OtherNotification {
  readonly kind: 'other';
  /** ORIGIN, trimmed. */
  readonly origin: string;
  /** CODE, trimmed. Absent if missing or empty. */
  readonly code?: string | undefined;
  /** Every element except ORIGIN and CODE, in wire order. */
  readonly fields: readonly WireElement[];
  /** The attributes of the NOTIFICATION element. Absent if it has none. */
  readonly envelope?: Envelope | undefined;
}

/** Anything that one notification can be. `kind` says which one. */
export type PostbackNotification = MoMessage | OtherNotification;
