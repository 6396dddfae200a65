// What `mo-postback doctor` advises.

import { describe, expect, it } from 'vitest';
import { adviceOn } from '../../../src/cli/doctor/advice.ts';
import { createProbes } from '../../../src/cli/doctor/probes.ts';

const [plain, ...others] = createProbes('86717');

describe('the advice of mo-postback doctor on an answer', () => {
  it.each([
    ['201', /^Answer exactly 200\./],
    ['301', /^Providers do not follow redirects\./],
    ['400', /^The server could not read the postback\./],
    ['401', /^Put the secret into the URL/],
    ['403', /^Put the secret into the URL/],
    ['404', /^Nothing is served at this path\./],
    ['405', /^The server does not accept POST at this path\./],
    ['408', /^The server did not wait for the whole body\./],
    ['410', /^Nothing is served at this path\./],
    ['411', /^Accept bodies without Content-Length/],
    ['413', /^Raise the limit for bodies/],
    ['415', /^Accept this Content-Type\./],
    ['418', /^The server could not read the postback\./],
    ['422', /^The server could not read the postback\./],
    ['429', /^Do not limit the rate/],
    ['500', /^The server failed\. See its log\.$/],
    ['502', /^A proxy got no answer/],
    ['503', /^The server was overloaded or too slow/],
    ['504', /^A proxy got no answer/],
    ['TIMEOUT', /^Answer within 10 seconds/],
    ['ECONNRESET', /^The connection was closed without an answer\./],
    ['UND_ERR_SOCKET', /^The connection was closed without an answer\./],
  ])('is about the status %s if the plain probe failed too', (answer, advice) => {
    expect(adviceOn(plain, answer, false)).toMatch(advice);
    for (const probe of others) expect(adviceOn(probe, answer, false)).toMatch(advice);
  });

  it.each(['400', '409', '422', '500', 'TIMEOUT'])(
    'of %s is about the probe if the plain probe was right',
    (answer) => {
      for (const probe of others)
        expect([probe.name, adviceOn(probe, answer, true)]).toEqual([probe.name, probe.advice]);
    },
  );

  it.each(['302', '401', '404', '413', '415', '503'])('of %s is about the server, whatever was posted', (answer) => {
    for (const probe of others) expect(adviceOn(probe, answer, true)).toBe(adviceOn(plain, answer, false));
  });
});
