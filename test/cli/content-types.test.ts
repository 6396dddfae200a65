import { describe, expect, it } from 'vitest';
import { contentTypeOfFile } from '../../src/cli/content-types.ts';

describe('contentTypeOfFile', () => {
  it.each([
    ['jpg', 'image/jpeg'],
    ['jpeg', 'image/jpeg'],
    ['png', 'image/png'],
    ['gif', 'image/gif'],
    ['webp', 'image/webp'],
    ['heic', 'image/heic'],
    ['heif', 'image/heif'],
    ['avif', 'image/avif'],
    ['bmp', 'image/bmp'],
    ['wbmp', 'image/vnd.wap.wbmp'],
    ['tif', 'image/tiff'],
    ['tiff', 'image/tiff'],
    ['svg', 'image/svg+xml'],
    ['mp4', 'video/mp4'],
    ['m4v', 'video/x-m4v'],
    ['3gp', 'video/3gpp'],
    ['3gpp', 'video/3gpp'],
    ['3g2', 'video/3gpp2'],
    ['mov', 'video/quicktime'],
    ['avi', 'video/x-msvideo'],
    ['mpg', 'video/mpeg'],
    ['mpeg', 'video/mpeg'],
    ['webm', 'video/webm'],
    ['mp3', 'audio/mpeg'],
    ['m4a', 'audio/mp4'],
    ['amr', 'audio/amr'],
    ['awb', 'audio/amr-wb'],
    ['aac', 'audio/aac'],
    ['wav', 'audio/wav'],
    ['ogg', 'audio/ogg'],
    ['oga', 'audio/ogg'],
    ['opus', 'audio/ogg'],
    ['mid', 'audio/midi'],
    ['midi', 'audio/midi'],
    ['txt', 'text/plain; charset=utf-8'],
    ['csv', 'text/csv; charset=utf-8'],
    ['htm', 'text/html; charset=utf-8'],
    ['html', 'text/html; charset=utf-8'],
    ['vcf', 'text/x-vcard; charset=utf-8'],
    ['vcs', 'text/x-vcalendar; charset=utf-8'],
    ['ics', 'text/calendar; charset=utf-8'],
    ['smil', 'application/smil+xml'],
    ['smi', 'application/smil+xml'],
    ['xml', 'application/xml'],
    ['json', 'application/json; charset=utf-8'],
    ['pdf', 'application/pdf'],
  ])('returns the type of a .%s file: %s', (extension, type) => {
    expect(contentTypeOfFile(`folder.txt/1.${extension}`)).toBe(type);
    expect(contentTypeOfFile(`1.2.${extension.toUpperCase()}`)).toBe(type);
  });

  it.each(['a.unknown', 'a', 'jpg', 'a.', 'a.constructor', 'a.jpg/b'])(
    'returns application/octet-stream for %s, because its extension is not in the table',
    (file) => {
      expect(contentTypeOfFile(file)).toBe('application/octet-stream');
    },
  );
});
