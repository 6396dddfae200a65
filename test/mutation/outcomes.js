// What became of each mutant.

import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ALWAYS_UNCHANGED, UNCHANGED } from './unchanged.js';

/**
 * `caught`: a test failed. `late`: the tests took too long or too much memory, which is worth a second look: a loop that
 * does not end is caught, a test that only waits is not. `unchanged`: test/mutation/unchanged.js says why it changes nothing.
 */
export const OUTCOMES = ['caught', 'late', 'missed', 'unchanged'];

const used = new Set();

/** A result of Stryker: `{ file, line, text, change, outcome }`. */
export function outcomeOf({ fileName, location, status, replacement, testsCompleted }) {
  const file = relative('.', fileName);
  const lines = readFileSync(file, 'utf8').split('\n');
  const { start, end } = location;
  const text = lines[start.line - 1].trim();
  const original = lines
    .slice(start.line - 1, end.line)
    .join('\n')
    .slice(start.column - 1);
  const length = original.length - (lines[end.line - 1].length - end.column + 1);
  const change = `${original.slice(0, length)} → ${replacement}`;
  return { file, line: start.line, text, change, outcome: nameOf({ file, text, change, status, testsCompleted }) };
}

function nameOf({ file, text, change, status, testsCompleted }) {
  if (status === 'Killed') return 'caught';
  if (status === 'Timeout' || status === 'RuntimeError') return 'late';
  // A test file that could not be loaded: vitest fails, but Stryker sees no failed test.
  if (status === 'Survived' && testsCompleted === 0) return 'caught';
  if (ALWAYS_UNCHANGED.some(({ change: pattern }) => pattern.test(change))) return 'unchanged';
  const entry = UNCHANGED.find((known) => known.file === file && known.line === text && isOf(known, change));
  if (entry === undefined) return 'missed';
  used.add(entry);
  return 'unchanged';
}

const isOf = ({ changes }, change) => changes === undefined || changes.includes(change);

/** Entries of the list for these files that no mutant needed. */
export const unusedEntries = (files) => UNCHANGED.filter((entry) => files.includes(entry.file) && !used.has(entry));
