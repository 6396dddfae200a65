// Agreement with a second, independent XML parser (libxml2) on what is well-formed.

import fc from 'fast-check';
import { ParseOption, XmlDocument, XmlParseError } from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import { parseBundle, PostbackError } from '../../src/index.ts';
import { brokenDocument, document, runs } from './arbitraries.ts';

/** What libxml2 complains of, or `undefined` where it holds the document for well-formed. */
function complaintOfLibxml2(xml: string): string | undefined {
  try {
    XmlDocument.fromString(xml, { option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_HUGE | ParseOption.XML_PARSE_NOERROR | ParseOption.XML_PARSE_NOWARNING }).dispose();
    return undefined;
  } catch (error) {
    if (error instanceof XmlParseError) return error.message;
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
    if (error.code === 'MALFORMED_XML' || error.code === 'EMPTY') return 'malformed';
    // Told at the end of a document that was read to its end.
    if (error.code === 'NO_NOTIFICATION') return 'well-formed';
    return undefined;
  }
}

// Where the two differ, and why that is right.
const KNOWN_DIFFERENCES: readonly { readonly reason: string; readonly appliesTo: (xml: string, complaint: string | undefined) => boolean }[] = [
  {
    reason: 'libxml2 checks namespaces; here a prefix is part of the name (XML 1.0 knows no namespaces)',
    appliesTo: (_, complaint) => /namespace|QName|colons are forbidden/i.test(complaint ?? ''),
  },
  {
    reason: 'libxml2 takes the declared encoding of a string at its word; a string is text already',
    appliesTo: (_, complaint) => /encoding/i.test(complaint ?? ''),
  },
  {
    reason: 'libxml2 takes any version number; VersionNum is "1." and digits (XML 1.0, 2.8)',
    appliesTo: (xml, complaint) => complaint === undefined && /^<\?xml\s+version\s*=\s*["'](?!1\.[0-9]+["'])/.test(xml),
  },
];

describe('libxml2 and this library', () => {
  it('agree on what is well-formed', () => {
    const verdicts = { malformed: 0, 'well-formed': 0 };
    fc.assert(
      fc.property(fc.oneof(document.map(({ xml }) => xml), brokenDocument), (xml) => {
        const ours = ourVerdict(xml);
        if (ours === undefined) return;
        const complaint = complaintOfLibxml2(xml);
        if (KNOWN_DIFFERENCES.some(({ appliesTo }) => appliesTo(xml, complaint))) return;
        expect(complaint === undefined ? 'well-formed' : 'malformed', complaint).toBe(ours);
        verdicts[ours]++;
      }),
      runs,
    );
    // Both sides of the law were tried.
    expect(verdicts.malformed).toBeGreaterThan(runs.numRuns / 10);
    expect(verdicts['well-formed']).toBeGreaterThan(runs.numRuns / 10);
  });
});
