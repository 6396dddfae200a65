// Limits that are not options.

/**
 * Real documents need far fewer repairs, and each repair takes thirty times as long as reading the character it
 * replaces. After this many, the document is read as without `recover`.
 */
export const MAX_REPAIRS = 10_000;

/** Every warning takes memory, and each character of a document can cause one. */
export const MAX_WARNINGS = 256;
