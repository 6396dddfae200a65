import { describe, expect, it } from 'vitest';
import { readRequest } from '../../src/receive/read-request.ts';
import { single, smsFields } from '../helpers/documents.ts';
import { alreadyRead, postbackRequest } from '../helpers/postback-request.ts';

describe('documentOf', () => {
  const xml = single(smsFields('hi é'));

  it('recognises raw XML that is labelled multipart/form-data by its first character', async () => {
    expect(
      await readRequest(
        postbackRequest(alreadyRead(new TextEncoder().encode(xml)), {
          'content-type': 'multipart/form-data; boundary=b',
        }),
      ),
    ).toHaveLength(1);
  });
});
