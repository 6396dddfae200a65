// Mutants that change nothing which a user could notice, each with its reason. `line` is the trimmed line of the code,
// `changes` are its mutants as the command prints them; without it, all of the line.

export const UNCHANGED = [];
