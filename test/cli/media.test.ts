// A message with pictures, a video, a contact and words, from `send` to `readMms`.

import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { parsePostback } from '../../src/index.ts';
import { readMms, saveFiles } from '../../src/media/node.ts';
import type { MmsMo } from '../../src/index.ts';
import { asProcess, command, events, root, until } from '../helpers/command.ts';
import { createSandbox, linesOf } from '../helpers/sandbox.ts';

const sandbox = createSandbox();
const media = join(root, 'fixtures/media');
const LOCAL = ['--media-address', '127.0.0.1'];

/** Starts `listen --save-media`, sends a message with `send`, and resolves to its line when its files are saved. */
async function sendTo(...args: string[]): Promise<{ line: MmsMo & { media: string }; event: Record<string, unknown> }> {
  const folder = sandbox.newPath();
  const out = join(folder, 'messages.ndjson');
  const { url, stdout } = await sandbox.listen(asProcess.start, out, '--save-media', join(folder, 'media'), ...LOCAL);
  // It ends as soon as each file was fetched.
  await promisify(execFile)(process.execPath, [command, 'send', url, ...args], { cwd: media });
  const event = await until(() => events(stdout(), 'media')[0]);
  return { line: linesOf(out)[0] as unknown as MmsMo & { media: string }, event };
}

it('pictures, a video, a contact and words arrive, in the order in which a phone shows them', async () => {
  const names = [
    'text_0002.txt',
    'VID_0004.3gp',
    'contact.vcf',
    '0.smil',
    'text_0001.txt',
    'IMG_0001.jpg',
    'IMG_0003.gif',
  ];
  const { line, event } = await sendTo('--generation', 'G4', '--mms', ...names);
  const text = 'Look what I found \u{1F600}\ncaf\u00E9 at 5';
  expect(event['text']).toBe(text);
  const saved = await saveFiles(line, { directory: line.media });
  expect(readdirSync(line.media)).toEqual([
    '01.txt',
    '02.3gp',
    '03.vcf',
    '04.smil',
    '05.txt',
    '06.jpg',
    '07.gif',
    'manifest.json',
  ]);
  for (const [n, file] of saved.files.entries()) {
    expect(file.success && readFileSync(file.path).equals(readFileSync(join(media, String(names[n]))))).toBe(true);
  }
  const content = await readMms(saved);
  expect(content).toMatchObject({ text, isComplete: true });
  expect(content.parts.map(({ kind, index }) => [kind, names[index]])).toEqual([
    ['image', 'IMG_0001.jpg'],
    ['text', 'text_0001.txt'],
    ['video', 'VID_0004.3gp'],
    ['text', 'text_0002.txt'],
    ['contact', 'contact.vcf'],
    ['smil', '0.smil'],
    ['image', 'IMG_0003.gif'],
  ]);
});

it('a picture, a sound and a video arrive with words that send adds', async () => {
  const { line, event } = await sendTo(
    '--mms',
    'IMG_0002.png',
    'AUD_0006.m4a',
    'VID_0005.mp4',
    '--text',
    '1 < 2 & "so"',
  );
  expect(event['text']).toBe('1 < 2 & "so"');
  const { parts } = await readMms(await saveFiles(line, { directory: line.media }));
  expect(parts.map(({ kind }) => kind)).toEqual(['image', 'text', 'audio', 'video', 'smil']);
});

it("the files of the provider's own page are placeholders, which are BAD_URL each", async () => {
  const xml = readFileSync(join(root, 'fixtures/provider-page-1.xml'), 'utf8');
  const mms = parsePostback(xml);
  if (mms.kind !== 'mms') throw new Error('It is an MMS.');
  const directory = sandbox.newPath();
  const { files } = await saveFiles(mms, { directory });
  expect(files.map(({ error }) => error?.code)).toEqual(mms.files.map(() => 'BAD_URL'));
  expect(existsSync(directory)).toBe(true);
});
