import { Fault } from '../errors/fault.ts';

const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const deniedCodes = new Set(['EACCES', 'EPERM', 'EROFS']);
/** Why a path can never be what is to be there, whoever tries. */
const unusable: Readonly<Record<string, string>> = {
  ENOENT: 'it, or a folder on the way to it, does not exist',
  EEXIST: 'a file stands where a folder is needed',
  ENOTDIR: 'a file stands where a folder is needed',
  EISDIR: 'a folder stands where a file is needed',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'symlinks lead in a circle',
};

/** The code of a system error (`ENOENT`), or undefined for any other value. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Makes a system error about a file a fault; anything else is given back as it is.
 * `doing` completes "Cannot …", for example `write the blob sha256:…`.
 */
export function diskFault(error: unknown, doing: string, path: string): unknown {
  const code = systemCode(error);
  if (error instanceof Fault || code === undefined) return error;
  const options = { cause: error, where: { path } };
  if (fullCodes.has(code)) return new Fault('STORE_FULL', `Cannot ${doing}: no space is left (${code})`, options);
  if (deniedCodes.has(code))
    return new Fault('STORE_DENIED', `Cannot ${doing}: it is not permitted (${code})`, options);
  const reason = unusable[code];
  return reason === undefined
    ? error
    : new Fault('STORE_PATH_UNUSABLE', `Cannot ${doing}: ${reason} (${code})`, options);
}
