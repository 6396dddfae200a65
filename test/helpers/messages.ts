// Messages to write, and elements for their `extra`.

import type { MmsMoInput, SmsMoInput, WireElement } from '../../src/index.ts';

export const sms: SmsMoInput = {
  kind: 'sms',
  code: 'N211',
  from: '15550104477',
  to: '00000',
  text: '007 <is> not & "7"\r\n😀 ',
  receivedAt: new Date('2026-04-24T18:34:00Z'),
};
export const mms: MmsMoInput = {
  kind: 'mms',
  code: 'N401',
  from: '15550104477',
  to: '86717',
  trackingId: 'MMS_MO_1',
  receivedAt: new Date('2026-04-24T18:34:00.718Z'),
  files: ['https://media.example.com/1.jpg?a=1&b=2', 'https://media.example.com/2.txt'],
};

export const element = (
  name: string,
  text = '',
  children: WireElement[] = [],
  attributes: Record<string, string> = {},
): WireElement => ({ name, text, attributes, children });
