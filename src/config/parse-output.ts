import { Fault } from '../errors/fault.ts';
import { didYouMean } from '../errors/nearest.ts';
import type { OutputConfig } from './config.ts';
import { parseFields } from './parse-fields.ts';

/** What an output asks for: a layout or archive on disk, a push to the repositories, or the local Docker Engine. */
export type ReadOutput =
  | { readonly kind: 'disk'; readonly output: OutputConfig }
  | { readonly kind: 'push' }
  | { readonly kind: 'load' };

const forms = 'expected oci:DIR, oci-archive:FILE or docker-archive:FILE';
const kinds: readonly OutputConfig['kind'][] = ['oci', 'oci-archive', 'docker-archive'];
const buildxTypes = ['oci', 'docker', 'image', 'registry'];

/**
 * Reads `oci:DIR`, `oci-archive:FILE`, `docker-archive:FILE`, and what buildx writes for the same:
 * `type=oci,dest=FILE[,tar=false]`, `type=docker[,dest=FILE]`, `type=image,push=true`, `type=registry`.
 *
 * @throws {Fault} OUTPUT_MALFORMED
 */
export function parseOutput(text: string): ReadOutput {
  if (text.startsWith('type=')) return readBuildxOutput(text);
  const colon = text.indexOf(':');
  const written = colon < 0 ? text : text.slice(0, colon);
  const kind = kinds.find((known) => known === written);
  if (kind === undefined) throw malformed(text, `"${written}" is no kind of output${didYouMean(written, kinds)}`);
  const path = colon < 0 ? '' : text.slice(colon + 1);
  if (path === '') throw malformed(text, 'it names no path');
  return { kind: 'disk', output: { kind, path } };
}

function readBuildxOutput(text: string): ReadOutput {
  const { type = '', dest, tar, push } = Object.fromEntries(parseFields(text));
  if (type === 'registry' || (type === 'image' && push === 'true')) return { kind: 'push' };
  if (type === 'docker') {
    return dest === undefined ? { kind: 'load' } : { kind: 'disk', output: { kind: 'docker-archive', path: dest } };
  }
  if (type === 'oci') {
    if (dest === undefined || dest === '-') throw malformed(text, 'it names no file with "dest"');
    return { kind: 'disk', output: { kind: tar === 'false' ? 'oci' : 'oci-archive', path: dest } };
  }
  if (type === 'image') throw malformed(text, 'it says neither where to nor "push=true"');
  throw malformed(text, `"${type}" is no type of output that can hold an index${didYouMean(type, buildxTypes)}`);
}

function malformed(text: string, reason: string): Fault {
  return new Fault('OUTPUT_MALFORMED', `Cannot read the output "${text}": ${reason}, ${forms}`);
}
