import type { OutputConfig } from '../config/config.ts';
import { Fault } from '../errors/fault.ts';

/** One `-o`: a place, or one of buildx's words for pushing and loading. */
export type OutputWish = { readonly kind: 'place'; readonly output: OutputConfig } | { readonly kind: 'push' | 'load' };

const allowed = 'oci:DIR, oci-archive:FILE, docker-archive:FILE, type=oci,dest=FILE[,tar=false], type=docker[,dest=FILE], type=registry';

/**
 * Reads `-o`, in the short form `oci:DIR` or in buildx's form `type=oci,dest=FILE`.
 *
 * @throws {Fault} OUTPUT_UNKNOWN
 */
export function parseOutput(text: string): OutputWish {
  const short = /^(oci|oci-archive|docker-archive):(.+)$/s.exec(text);
  if (short?.[1] !== undefined && short[2] !== undefined) return place(short[1], short[2]);
  const fields = new Map(text.split(',').map(splitField));
  const dest = fields.get('dest');
  switch (fields.get('type')) {
    case 'oci':
      if (dest === undefined) throw unknown(text, 'it names no dest');
      return place(fields.get('tar') === 'false' ? 'oci' : 'oci-archive', dest);
    case 'docker':
      return dest === undefined ? { kind: 'load' } : place('docker-archive', dest);
    case 'registry':
      return { kind: 'push' };
    case 'image':
      if (fields.get('push') === 'true') return { kind: 'push' };
      throw unknown(text, 'type=image without push=true goes nowhere');
    case 'local':
    case 'tar':
      throw unknown(text, 'files outside of an image are not written');
    default:
      throw unknown(text, 'it names no kind of output');
  }
}

function place(kind: string, path: string): OutputWish {
  if (kind === 'oci' || kind === 'oci-archive' || kind === 'docker-archive')
    return { kind: 'place', output: { kind, path } };
  throw unknown(kind, 'it names no kind of output');
}

function splitField(field: string): readonly [string, string] {
  const at = field.indexOf('=');
  return at < 0 ? [field.trim(), ''] : [field.slice(0, at).trim(), field.slice(at + 1).trim()];
}

function unknown(text: string, what: string): Fault {
  return new Fault('OUTPUT_UNKNOWN', `Cannot write to the output "${text}": ${what}, expected ${allowed}`);
}
