// Which field of a form contains the document.

import type { PostbackError } from '../errors.ts';
import { bodyError } from './body.ts';

/** How many fields or parts a form may have. Providers send one. */
export const MAX_FIELDS = 1000;

/** Chooses the field `xml`, otherwise the only field whose value starts like a document. */
export class FieldChoice<Value> {
  #named: { readonly value: Value } | undefined;
  #likely: Value[] = [];
  #fields = 0;

  /**
   * A field named `xml`, in any case, or one whose value starts like a document.
   * @throws PostbackError `NOT_A_POSTBACK` for a second field named `xml`, or too many fields
   */
  add(isNamedXml: boolean, value: Value): void {
    this.count();
    if (!isNamedXml) {
      if (this.#likely.length < 2) this.#likely.push(value);
    } else if (this.#named === undefined) {
      this.#named = { value };
    } else {
      throw bodyError('NOT_A_POSTBACK', 'The form has several fields named xml. Expected exactly one.');
    }
  }

  /** Any other field. @throws PostbackError `NOT_A_POSTBACK` */
  count(): void {
    if (++this.#fields > MAX_FIELDS) throw tooManyFields();
  }

  /** @throws PostbackError */
  chosen(): Value {
    if (this.#named !== undefined) return this.#named.value;
    const [likely, another] = this.#likely;
    if (likely !== undefined && another === undefined) return likely;
    throw another === undefined
      ? bodyError('EMPTY', 'The form has no field named xml, and none that contains a document. Expected one.')
      : bodyError('NOT_A_POSTBACK', 'The form has several fields that contain documents. Expected one named xml.');
  }
}

export function tooManyFields(): PostbackError {
  return bodyError('NOT_A_POSTBACK', `The form has more than ${MAX_FIELDS} fields. Expected one named xml.`);
}
