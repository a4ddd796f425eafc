import type { IncomingMessage } from 'node:http';
import { Fault } from '../errors/fault.ts';

/** So many bytes in the idle limit are a sign of life; fewer are a client that only holds the connection. */
const progressBytes = 1024;

export interface BodyLimits {
  /** Bytes. */
  readonly maxBytes: number;
  readonly idleMs: number;
  /** Ends the reading when it is aborted, for a newer request that wants the same upload. */
  readonly signal?: AbortSignal;
}

/**
 * Reads the body of a request. The connection stays usable whatever happens, so that the client can be told why.
 * @throws {Fault} SERVER_BODY_CUT_OFF, SERVER_BODY_STALLED, SERVER_BODY_TOO_LARGE
 */
export async function* readBody(
  request: IncomingMessage,
  limits: BodyLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  let received = 0;
  let markedBytes = 0;
  let markedMs = performance.now();
  for (;;) {
    if (limits.signal?.aborted === true) throw cutOff('a newer request goes on with the upload');
    const chunk: unknown = request.read();
    if (chunk instanceof Uint8Array) {
      received += chunk.byteLength;
      if (received > limits.maxBytes) throw tooLarge(limits.maxBytes);
      if (received - markedBytes >= progressBytes) [markedBytes, markedMs] = [received, performance.now()];
      yield chunk;
    } else {
      if (request.readableEnded) return;
      await nextEvent(request, markedMs + limits.idleMs - performance.now(), limits);
    }
  }
}

/** Reads a small body whole. @throws {Fault} SERVER_BODY_CUT_OFF, SERVER_BODY_STALLED, SERVER_BODY_TOO_LARGE */
export async function readWholeBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBody(request, limits)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function tooLarge(maxBytes: number): Fault {
  return new Fault('SERVER_BODY_TOO_LARGE', `Cannot take the request: its body has more than ${maxBytes} bytes`);
}

/** Resolves when there may be more to read, or the end. */
function nextEvent(request: IncomingMessage, waitMs: number, { idleMs, signal }: BodyLimits): Promise<void> {
  if (request.destroyed && !request.readableEnded) return Promise.reject(cutOff('the client went away'));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(stalled(idleMs)), Math.max(0, waitMs));
    function end(fault?: Fault): void {
      clearTimeout(timer);
      request.off('readable', onMore).off('end', onMore).off('error', onClose).off('close', onClose);
      signal?.removeEventListener('abort', onMore);
      if (fault === undefined) resolve();
      else reject(fault);
    }
    function onMore(): void {
      end();
    }
    function onClose(): void {
      end(request.readableEnded ? undefined : cutOff('the client went away'));
    }
    request.on('readable', onMore).on('end', onMore).on('error', onClose).on('close', onClose);
    signal?.addEventListener('abort', onMore);
  });
}

function cutOff(why: string): Fault {
  return new Fault('SERVER_BODY_CUT_OFF', `Cannot take the whole request: ${why}`);
}

function stalled(idleMs: number): Fault {
  return new Fault('SERVER_BODY_STALLED', `Cannot take the request: less than 1 KiB of it came in ${idleMs} ms`);
}
