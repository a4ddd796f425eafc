import { Fault } from '../errors/fault.ts';

/** A compressed stream that contradicts its format. */
export function damaged(format: string, found: string, cause?: unknown): Fault {
  return new Fault('ARCHIVE_MALFORMED', `Cannot decompress the ${format} stream: ${found}`, { cause });
}

/** A compressed stream that ends before its end. */
export function cutOff(format: string, cause?: unknown): Fault {
  return new Fault('ARCHIVE_TRUNCATED', `Cannot decompress the ${format} stream: it ends before its end`, { cause });
}

/** A compressed stream that asks for what polyarch does not have. */
export function unsupported(format: string, found: string): Fault {
  return new Fault('ARCHIVE_UNSUPPORTED', `Cannot decompress the ${format} stream: ${found}`);
}
