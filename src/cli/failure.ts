// What ends a command with exit code 1, and the words for errors of the operating system and the network.

/**
 * Ends the command with exit code 1. The message is one line that says what is wrong and what to do. It is empty if the
 * command has already printed what failed.
 */
export class Failure extends Error {}

/** The code of a system error, for example `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return (error as { readonly code?: string }).code;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'the port is already in use',
  EADDRNOTAVAIL: 'this machine does not have this address',
  EAI_AGAIN: 'the host name cannot be looked up',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EEXIST: 'a part of the path is not a folder',
  EFBIG: 'the file is too large',
  EISDIR: 'it is a folder',
  ELOOP: 'too many symbolic links',
  ENOENT: 'no such file or folder',
  ENOTFOUND: 'no such host',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a part of the path is not a folder',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  // What newer versions of OpenSSL report for the same.
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the server does not speak https',
  ERR_FS_FILE_TOO_LARGE: 'the file is too large',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak https',
  ETIMEDOUT: 'the connection timed out',
  TIMEOUT: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  UND_ERR_SOCKET: 'the connection was closed without an answer',
};

/** Why a system call failed, in words. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error) ?? (error as Error).message;
  return REASONS[code] ?? code;
}
