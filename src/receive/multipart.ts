// Bodies of type multipart/form-data: finds the part `xml`.

import { fromBinaryString, toBinaryString } from '../read/binary-string.ts';
import { bodyError } from './body.ts';

/**
 * Returns the values of all parts named `xml`, in any case, with the platform's own parser. That parser decodes UTF-8.
 * It gets each byte as one character, so that values in other encodings are not damaged.
 * @throws PostbackError `EMPTY`
 */
export async function multipartValues(bytes: Uint8Array, contentType: string): Promise<Uint8Array[]> {
  try {
    const response = new Response(toBinaryString(bytes), { headers: { 'content-type': contentType } });
    const values: (string | File)[] = [];
    (await response.formData()).forEach((value, name) => {
      if (name.toLowerCase() === 'xml') values.push(value);
    });
    return await Promise.all(
      values.map(async (value) => fromBinaryString(typeof value === 'string' ? value : await value.text())),
    );
  } catch {
    throw bodyError('EMPTY', 'Invalid or incomplete multipart/form-data. Expected a part named xml.');
  }
}
