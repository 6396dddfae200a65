// Agreement with second, independent parsers on what is well-formed: libxml2 and JSON.parse.

import fc from 'fast-check';
import { ParseOption, XmlDocument, XmlParseError } from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import { parseBundle, PostbackError } from '../../src/index.ts';
import { brokenDocument, postbackDocument } from '../../src/testing/index.ts';
import { runs } from './runs.ts';

/** What libxml2 complains of, or `undefined` where it holds the document for well-formed. */
function complaintOfLibxml2(xml: string): string | undefined {
  try {
    XmlDocument.fromString(xml, { option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_HUGE }).dispose();
    return undefined;
  } catch (error) {
    // 1: a warning.
    if (error instanceof XmlParseError)
      return error.details.every(({ level }) => level === 1) ? undefined : error.message;
    throw error;
  }
}

/** `'malformed'`, `'well-formed'`, or `undefined` where we stop before we know. */
function ourVerdict(xml: string): 'malformed' | 'well-formed' | undefined {
  try {
    parseBundle(xml);
    return 'well-formed';
  } catch (error) {
    if (!(error instanceof PostbackError)) throw error;
    if (error.code === 'MALFORMED' || error.code === 'EMPTY') return 'malformed';
    // Told at the end of a document that was read to its end.
    if (error.code === 'NO_NOTIFICATION') return 'well-formed';
    return undefined;
  }
}

// Where the two differ, and why that is right.
const KNOWN_DIFFERENCES: readonly {
  readonly reason: string;
  readonly appliesTo: (xml: string, complaint: string | undefined) => boolean;
}[] = [
  {
    reason: 'libxml2 checks namespaces; here a prefix is part of the name (XML 1.0 knows no namespaces)',
    appliesTo: (_, complaint) => /namespace|QName|colons are forbidden/i.test(complaint ?? ''),
  },
  {
    reason: 'libxml2 takes the declared encoding of a string at its word; a string is text already',
    appliesTo: (xml) => /^<\?xml[^>]*[^>\w]encoding\s*=\s*["'](?!utf-8["'])/i.test(xml),
  },
  {
    reason: 'libxml2 takes any version number; VersionNum is "1." and digits (XML 1.0, 2.8)',
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
  // Both sides of the law were tried.
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
        // A byte order mark is no part of the text.
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
