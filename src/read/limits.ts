// Limits that are not options.

/**
 * No careless sender needs as many repairs in one document, and each costs thirty times the character that it replaces.
 * After this many, the document is read as without `recover`.
 */
export const MAX_REPAIRS = 10_000;

/** Every warning takes memory, and a document may cause one with every character. */
export const MAX_WARNINGS = 256;
