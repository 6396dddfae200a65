// Suggestions for misspelt names in error messages.

/** The known name that a misspelt one most likely means. `undefined` if none is similar. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = 1 + Math.max(2, Math.floor(given.length / 3));
  for (const name of known) {
    // Differing in length alone is too much.
    if (Math.abs(name.length - given.length) >= least) continue;
    const edits = countEdits(given.toLowerCase(), name.toLowerCase());
    if (edits < least) [nearest, least] = [name, edits];
  }
  return nearest;
}

/** How many characters must be inserted, removed or replaced: the Levenshtein distance. */
function countEdits(from: string, to: string): number {
  // One row of the table at a time: edits from the start of `from` to each start of `to`.
  let row = Array.from({ length: to.length + 1 }, (_, length) => length);
  for (let at = 0; at < from.length; at++) {
    let [diagonal, left] = [at, at];
    row = row.map((above, n) => {
      const replaced = diagonal + (from[at] === to[n - 1] ? 0 : 1);
      left = n === 0 ? at + 1 : Math.min(replaced, above + 1, left + 1);
      diagonal = above;
      return left;
    });
  }
  return Math.max(...row.slice(-1));
}
