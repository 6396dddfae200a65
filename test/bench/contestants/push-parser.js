// The push parser of mo-postback, which always uses the slow lane.

import { PostbackParser } from '../../../dist/index.js';

export function parsePostback(source) {
  let message;
  const parser = new PostbackParser({
    onResult: ({ data, error }) => {
      if (error !== undefined) throw error;
      message = data;
    },
  });
  parser.write(source);
  parser.close();
  return message;
}
