// What every build of mo-postback/media exports.

export type { MmsMo } from '../message.ts';
export { MediaError } from './errors.ts';
export type { MediaErrorCode, MediaErrorPlace } from './errors.ts';
export type {
  BinaryPart,
  FailedFile,
  FetchedFile,
  MediaDispatcher,
  MediaOptions,
  MessageWithFiles,
  MissingPart,
  MmsContent,
  MmsPart,
  SavedFile,
  SavedFiles,
  SaveOptions,
  TextualPart,
} from './options.ts';
