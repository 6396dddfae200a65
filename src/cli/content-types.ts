// The content types of files as they occur in an MMS. A small table, because the registry of all types is 233 kB.

import { extname } from 'node:path';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.3g2': 'video/3gpp2',
  '.3gp': 'video/3gpp',
  '.3gpp': 'video/3gpp',
  '.aac': 'audio/aac',
  '.amr': 'audio/amr',
  '.avi': 'video/x-msvideo',
  '.avif': 'image/avif',
  '.awb': 'audio/amr-wb',
  '.bmp': 'image/bmp',
  '.csv': 'text/csv; charset=utf-8',
  '.gif': 'image/gif',
  '.heic': 'image/heic',
  '.heif': 'image/heif',
  '.htm': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ics': 'text/calendar; charset=utf-8',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json; charset=utf-8',
  '.m4a': 'audio/mp4',
  '.m4v': 'video/x-m4v',
  '.mid': 'audio/midi',
  '.midi': 'audio/midi',
  '.mov': 'video/quicktime',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.mpeg': 'video/mpeg',
  '.mpg': 'video/mpeg',
  '.oga': 'audio/ogg',
  '.ogg': 'audio/ogg',
  '.opus': 'audio/ogg',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.smi': 'application/smil+xml',
  '.smil': 'application/smil+xml',
  '.svg': 'image/svg+xml',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.txt': 'text/plain; charset=utf-8',
  '.vcf': 'text/x-vcard; charset=utf-8',
  '.vcs': 'text/x-vcalendar; charset=utf-8',
  '.wav': 'audio/wav',
  '.wbmp': 'image/vnd.wap.wbmp',
  '.webm': 'video/webm',
  '.webp': 'image/webp',
  '.xml': 'application/xml',
};

/**
 * The value of Content-Type for a file with this name. `application/octet-stream` if the extension is not in the table.
 */
export function contentTypeOfFile(file: string): string {
  return CONTENT_TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream';
}
