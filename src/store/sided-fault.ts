import { Fault } from '../errors/fault.ts';
import type { ImageStore } from './content-store.ts';
import type { CopySide } from './copy-options.ts';

/** Adds to a fault which end of a copy it is about; anything else, and a fault that says so already, is given back as it is. */
export function sidedFault(error: unknown, side: CopySide, store: ImageStore): unknown {
  if (!(error instanceof Fault) || error.where.side !== undefined) return error;
  return new Fault(error.code, error.message, {
    cause: error.cause,
    where: { ...store.where, ...error.where, side },
    hint: error.hint,
    retryable: error.retryable,
    ...(error.frame === undefined ? {} : { frame: error.frame }),
  });
}

/** Reads on the source's account: what goes wrong there is told of the source. */
export async function* fromSource(
  content: AsyncIterable<Uint8Array>,
  source: ImageStore,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* content;
  } catch (error) {
    throw sidedFault(error, 'source', source);
  }
}
