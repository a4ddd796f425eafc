import { Fault } from '../errors/fault.ts';
import { didYouMean } from '../errors/nearest.ts';
import type { SecretConfig } from './config.ts';
import { parseFields } from './parse-fields.ts';

const fields = ['id', 'env', 'src', 'source', 'type'];

/**
 * Reads `id=NAME[,env=VARIABLE|,src=FILE]` as buildx does.
 *
 * @throws {Fault} SECRET_MALFORMED
 */
export function parseSecret(text: string): SecretConfig {
  const read = parseFields(text);
  const unknown = read.find(([name]) => !fields.includes(name));
  if (unknown !== undefined) throw malformed(text, `"${unknown[0]}" is no field${didYouMean(unknown[0], fields)}`);
  const { id = '', env, src, source, type } = Object.fromEntries(read);
  if (id === '') throw malformed(text, 'it has no "id"');
  const place = src ?? source;
  if (place !== undefined && type !== 'env') return { id, file: place };
  const variable = env ?? place;
  return variable === undefined ? { id } : { id, env: variable };
}

function malformed(text: string, reason: string): Fault {
  const form = 'id=NAME,env=VARIABLE or id=NAME,src=FILE';
  return new Fault('SECRET_MALFORMED', `Cannot read the secret "${text}": ${reason}, expected ${form}`);
}
