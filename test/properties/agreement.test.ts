// Two independent parsers, libxml2 and JSON.parse, agree with this library on what is well-formed.

import fc from 'fast-check';
import { ParseOption, XmlDocument, XmlParseError } from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import { parseBundle, PostbackError } from '../../src/index.ts';
import { brokenDocument, postbackDocument } from '../../src/testing/index.ts';
import { runs } from './runs.ts';

/** The complaint of libxml2, or `undefined` if it finds the document well-formed. */
function complaintOfLibxml2(xml: string): string | undefined {
  try {
    XmlDocument.fromString(xml, { option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_HUGE }).dispose();
    return undefined;
  } catch (error) {
    // Level 1 is a warning.
    if (error instanceof XmlParseError)
      return error.details.every(({ level }) => level === 1) ? undefined : error.message;
    throw error;
  }
}

/** The verdict of this library, or `undefined` if it stops before it can know. */
function ourVerdict(xml: string): 'malformed' | 'well-formed' | undefined {
  try {
    parseBundle(xml);
    return 'well-formed';
  } catch (error) {
    if (!(error instanceof PostbackError)) throw error;
    if (error.code === 'MALFORMED' || error.code === 'EMPTY') return 'malformed';
    // This is reported only after the whole document was read.
    if (error.code === 'NO_NOTIFICATION') return 'well-formed';
    return undefined;
  }
}

// Where the two differ, and why that is intended.
const KNOWN_DIFFERENCES: readonly {
  readonly reason: string;
  readonly appliesTo: (xml: string, complaint: string | undefined) => boolean;
}[] = [
  {
    reason: 'libxml2 checks namespaces; here a prefix is part of the name (XML 1.0 has no namespaces)',
    appliesTo: (_, complaint) => /namespace|QName|colons are forbidden/i.test(complaint ?? ''),
  },
  {
    reason: 'libxml2 uses the declared encoding of a string; a string is already decoded',
    appliesTo: (xml) => /^<\?xml[^>]*[^>\w]encoding\s*=\s*["'](?!utf-8["'])/i.test(xml),
  },
  {
    reason: 'libxml2 accepts any version number; VersionNum is "1." and digits (XML 1.0, 2.8)',
    appliesTo: (xml, complaint) => complaint === undefined && /^<\?xml\s+version\s*=\s*["'](?!1\.[0-9]+["'])/.test(xml),
  },
];

const isJson = (text: string): boolean => /^[\uFEFF]?[\t\n\r ]*[{[]/.test(text);
const texts = fc.oneof(postbackDocument(), brokenDocument()).map(({ text }) => text);

function expectAgreement(
  source: fc.Arbitrary<string>,
  agree: (text: string, ours: 'malformed' | 'well-formed') => boolean,
): void {
  const verdicts = { malformed: 0, 'well-formed': 0 };
  fc.assert(
    fc.property(source, (text) => {
      const ours = ourVerdict(text);
      if (ours !== undefined && agree(text, ours)) verdicts[ours]++;
    }),
    runs,
  );
  // The runs must include both verdicts.
  expect(verdicts.malformed).toBeGreaterThan(runs.numRuns / 10);
  expect(verdicts['well-formed']).toBeGreaterThan(runs.numRuns / 10);
}

describe('libxml2 and this library', () => {
  it('agree on what is well-formed', () => {
    expectAgreement(
      texts.filter((text) => !isJson(text)),
      (xml, ours) => {
        const complaint = complaintOfLibxml2(xml);
        const theirs = complaint === undefined ? 'well-formed' : 'malformed';
        if (theirs !== ours && KNOWN_DIFFERENCES.some(({ appliesTo }) => appliesTo(xml, complaint))) return false;
        expect(theirs, complaint).toBe(ours);
        return true;
      },
    );
  });
});

describe('JSON.parse and this library', () => {
  it('agree on what is well-formed, except for halves of surrogate pairs', () => {
    expectAgreement(texts.filter(isJson), (json, ours) => {
      let theirs: 'malformed' | 'well-formed' = 'well-formed';
      try {
        // A byte order mark is not part of the text.
        JSON.parse(json.replace(/^\uFEFF/, ''));
      } catch {
        theirs = 'malformed';
      }
      if (/\\ud[89a-f]|\p{Surrogate}/iu.test(json) && theirs !== ours) return false;
      expect(theirs).toBe(ours);
      return true;
    });
  });
});
