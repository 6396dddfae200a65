// Writes docs/benchmarks.md: a section for each benchmark, which each run replaces. Other
// sections are written by hand, and kept.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const FILE = new URL('../../docs/benchmarks.md', import.meta.url);
const HEAD =
  '# Benchmarks\n\nResults are written by `npm run bench`, `npm run bench:memory` and `npm run bench:http`.\n';

/** Replaces the section with the same title, or adds the section at the end. */
export function writeSection(title, text) {
  const before = existsSync(FILE) ? readFileSync(FILE, 'utf8') : HEAD;
  const sections = before.split(/^(?=## )/m);
  const section = `## ${title}\n\n${text.trim()}\n`;
  const at = sections.findIndex((other) => other.startsWith(`## ${title}\n`));
  if (at === -1) sections.push(section);
  else sections[at] = section;
  writeFileSync(FILE, sections.map((part) => part.trim()).join('\n\n') + '\n');
}

/** A Markdown table with aligned columns. */
export function table(head, rows) {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => [...row[column]].length)));
  const line = (row) =>
    `| ${row.map((cell, column) => cell + ' '.repeat(widths[column] - [...cell].length)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n');
}

/** The date and the platform, without a path or the name of the machine. */
export function circumstances() {
  return `${new Date().toISOString().slice(0, 10)}, node ${process.versions.node}, ${String(availableParallelism())} CPUs`;
}
