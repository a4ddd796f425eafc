import type { FaultCode } from '../errors/codes.ts';
import { Fault, type FaultOptions } from '../errors/fault.ts';

const tlsCodes =
  /^(?:CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|ERR_TLS_|ERR_SSL_|EPROTO|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_EXCEEDED)/;
const finalCodes: ReadonlySet<string> = new Set(['ENOTFOUND', 'EACCES', 'EPERM', 'ERR_INVALID_URL', 'EADDRNOTAVAIL']);

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'no such host is known',
  EAI_AGAIN: 'the name server did not answer',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no network',
};

/** A connection that could not be made, or did not hold. */
export class WireFault extends Fault {
  /** What happened where, without what was to be done: `localhost:5000: nothing listens there`. */
  readonly reason: string;

  constructor(code: FaultCode, reason: string, options: FaultOptions) {
    super(code, `Cannot exchange anything with ${reason}`, options);
    this.reason = reason;
  }
}

/** Turns what the network stack reports into a fault that tells what happened and whether trying again may help. */
export function wireFault(error: unknown, url: URL): Fault {
  if (error instanceof Fault) return error;
  const code = codeOf(error);
  const place = `${url.hostname}${url.port === '' ? '' : `:${url.port}`}`;
  if (tlsCodes.test(code)) return tlsFault(error, place);
  if (code.startsWith('HPE_')) {
    return new WireFault('REGISTRY_ANSWER_MALFORMED', `${place}: its answer is not HTTP (${code})`, {
      cause: error,
      hint: url.protocol === 'http:' ? 'It may speak HTTPS only' : 'Check the host name and the port',
    });
  }
  const sentence = sentences[code] ?? (error instanceof Error && error.message !== '' ? error.message : code);
  return new WireFault('REGISTRY_UNREACHABLE', `${place}: ${sentence}`, {
    cause: error,
    retryable: !finalCodes.has(code),
  });
}

/** The code that Node gives to an error of the system; an error with several causes has that of the first. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : '';
}

function tlsFault(error: unknown, place: string): Fault {
  const message = error instanceof Error ? error.message : String(error);
  const isPlain = /wrong version number|packet length too long|record layer failure/i.test(message);
  const why = isPlain ? 'it does not speak TLS' : message.replace(/^[0-9A-F]+:error:|\n/g, '').slice(0, 200);
  return new WireFault('REGISTRY_TLS', `${place}: no trusted connection can be made: ${why}`, {
    cause: error,
    ...(isPlain ? { hint: 'It speaks plain HTTP: allow that for this registry, or give it a certificate' } : {}),
  });
}
