export const LIMITS: readonly { readonly name: string; readonly entry: string; readonly maxBytes: number }[];
export const COMMAND_MAX_BYTES: number;
export const COMMAND_MEDIA_MAX_BYTES: number;
export function bundleSize(limit: { readonly name: string; readonly entry: string }): Promise<number>;
export function commandSize(name: 'cli' | 'media'): number;
