// What mo-postback/media does with the files of a content host. Runs in every runtime, and returns plain data.

import { fetchFiles, MediaError, readMms, saveFiles } from 'mo-postback/media';

const NAMES = ['text', 'gzip', 'redirect', 'evil', 'bomb', 'endless', 'short', 'missing', 'silent', 'gone'];

/** `allowed`: the options that allow the host. `directory`: `undefined` if there is no file system. */
export async function scenario(base, allowed, directory) {
  const options = { retryDelayMs: 1, retries: 1, stallTimeoutMs: 500, maxFileBytes: 100_000, ...allowed };
  const files = NAMES.map((name) => base + name);
  const fetched = {};
  for await (const { index, error, body } of fetchFiles({ files }, options)) {
    fetched[NAMES[index]] = error?.code ?? (await new globalThis.Response(body).text().catch(codeOf));
  }
  const mms = { files: ['2.txt', '0.smil', '1.jpg'].map((name) => base + name) };
  const read = [shown(await readMms(mms, options))];
  let saved;
  if (directory !== undefined) {
    const result = await saveFiles(mms, { ...options, directory });
    saved = result.files.map(({ path, detectedType, size }) => [path.slice(directory.length + 1), detectedType, size]);
    read.push(shown(await readMms(await saveFiles(mms, { ...options, directory }))));
  }
  const stopping = new globalThis.AbortController();
  const stopped = readMms({ files: [`${base}silent`] }, { ...options, signal: stopping.signal }).catch(String);
  stopping.abort('stopped');
  return { fetched, read, saved, stopped: await stopped };
}

const codeOf = (error) => (error instanceof MediaError ? error.code : String(error));
const shown = ({ text, parts, isComplete }) => [text, parts.map(({ kind, type }) => [kind, type]), isComplete];
