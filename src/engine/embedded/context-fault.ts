import { Fault } from '../../errors/fault.ts';

/** A file of the context that the file system does not give. */
export function unreadable(path: string, cause: unknown): Fault {
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  return new Fault('CONTEXT_UNREADABLE', `Cannot read "${path}" of the build context: ${explain(reason)}`, {
    cause,
    where: { path },
  });
}

/** A file that is not what it was when the build looked at it first. */
export function changedWhileRead(path: string): Fault {
  return new Fault(
    'CONTEXT_CHANGED',
    `Cannot copy "${path}": it changed while it was read, expected it to stay as it is`,
    {
      where: { path },
      retryable: true,
    },
  );
}

function explain(code: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `permission denied (${code}), expected a file that this user may read`;
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ELOOP':
      return `it disappeared or was replaced meanwhile (${code})`;
    default:
      return code;
  }
}
