// Receiver options that record what they are called with.

/** What was called. */
export interface Recorded {
  /** The texts of all SMS. */
  readonly texts: string[];
  /** The messages of all errors. */
  readonly messages: string[];
}

/** The callbacks that record. */
interface RecordingOptions {
  readonly onSms: (sms: { readonly text: string }) => void;
  readonly onMms: () => void;
  readonly onReject: (rejection: { readonly errors: readonly Error[] }) => void;
}

/** Creates options and the record that they write. */
export function recording(): { readonly recorded: Recorded; readonly options: RecordingOptions } {
  const recorded: Recorded = { texts: [], messages: [] };
  return {
    recorded,
    options: {
      onSms: ({ text }) => void recorded.texts.push(text),
      onMms: () => undefined,
      onReject: ({ errors }) => void recorded.messages.push(...errors.map(({ message }) => message)),
    },
  };
}
