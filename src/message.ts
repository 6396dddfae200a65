// The messages that a postback becomes. Wire names and generations: docs/protocol.md.

/**
 * An element as it stood on the wire, for everything that the messages have no field for. In JSON: a member of an object, or an
 * item of a list.
 * Plain data: of its keys only those of `attributes` come from the input.
 */
export interface WireElement {
  /** The element's name as sent, its prefix included. `''` for an item of a JSON list. */
  readonly name: string;
  /** All text straight inside the element, references resolved, nothing trimmed. In JSON a number is as it was written. */
  readonly text: string;
  /** Attribute values by name. An object without prototype. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The elements straight inside it, in wire order. */
  readonly children: readonly WireElement[];
}

/** What the NOTIFICATION element of a bundle says of itself in its attributes. */
export interface Envelope {
  /** The provider's unique id of the notification (`id`). A retry carries the same. */
  readonly id?: string | undefined;
  /** When the provider sent it (`created`), in milliseconds. Absent where the instant cannot be known. */
  readonly createdAt?: Date | undefined;
  /** `created` as on the wire. */
  readonly createdAtRaw?: string | undefined;
}

/** What an {@link SmsMo} and an {@link MmsMo} have in common. */
export interface MoFields {
  /** The notification's code (`N211` and `N401` are usual). Never checked against a list. */
  readonly code: string;
  /** The sender: country code and number, digits, no `+`. Not empty; not checked further. */
  readonly from: string;
  /** The short code or number that was texted. Not empty. Text: `00000` is a legal value. */
  readonly to: string;
  /** The instant of RECEIVED, or of TIMESTAMP where there is no RECEIVED. Finer digits than milliseconds are cut off. */
  readonly receivedAt: Date;
  /** The same time as on the wire. */
  readonly receivedAtRaw: string;
  /** KEYWORD, trimmed. Absent when missing or empty. */
  readonly keyword?: string | undefined;
  /** The attributes of the NOTIFICATION element, where it has any. */
  readonly envelope?: Envelope | undefined;
  /** Every element that has no field above in this kind, in wire order, repeated ones too. */
  readonly extra: readonly WireElement[];
}

/** A text message from a handset (SMS MO). */
export interface SmsMo extends MoFields {
  readonly kind: 'sms';
  readonly origin: 'SMS_MO';
  /** The sender's own words, exact: never trimmed, `''` when empty. KEYWORD's words where there is no TEXT. */
  readonly text: string;
  /** The provider's id of the message: TRANSACTIONID, else TRACKINGID. Absent when missing or empty. */
  readonly transactionId?: string | undefined;
}

/** A picture message from a handset (MMS MO). */
export interface MmsMo extends MoFields {
  readonly kind: 'mms';
  readonly origin: 'MMS_MO';
  /** The provider's id of the message (TRACKINGID). */
  readonly trackingId: string;
  /** The sender's own words, exact. Absent when missing or empty. */
  readonly subject?: string | undefined;
  /** Skycore's carrier id. Text: its leading zeros count. */
  readonly spid?: string | undefined;
  /** Sinch's carrier id, another numbering than {@link spid}. */
  readonly operatorId?: string | undefined;
  /**
   * What each FILE of CONTENT holds, trimmed, in wire order; an empty FILE is none. Always a list.
   * Usually URLs on the provider's servers, deleted there after a time; not checked to be URLs.
   */
  readonly files: readonly string[];
  /** The other members of a group MMS, for display. Absent when there are none. */
  readonly copyTo?: readonly string[] | undefined;
}

/** A message from a handset. `kind` tells which. */
export type MoMessage = SmsMo | MmsMo;

/** A notification of anything else: a delivery report, a subscription, a pass. */
export interface OtherNotification {
  readonly kind: 'other';
  /** ORIGIN as on the wire, trimmed. */
  readonly origin: string;
  /** CODE, trimmed. Absent when missing or empty. */
  readonly code?: string | undefined;
  /** Every element but ORIGIN and CODE, in wire order. */
  readonly fields: readonly WireElement[];
  /** The attributes of the NOTIFICATION element, where it has any. */
  readonly envelope?: Envelope | undefined;
}

/** Anything that one notification can be. `kind` tells which. */
export type PostbackNotification = MoMessage | OtherNotification;
