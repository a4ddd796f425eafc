import { Fault } from '../errors/fault.ts';
import { csvFields } from './csv-fields.ts';
import { parseBoolean } from './parse-boolean.ts';
import { suggestion } from './suggestion.ts';

/** A device that a RUN asks for, by its CDI name. https://docs.docker.com/reference/dockerfile/#run---device */
export interface RunDevice {
  readonly name: string;
  readonly required: boolean;
}

/**
 * Reads the value of a `--device`.
 * @throws {Fault} DOCKERFILE_SYNTAX
 */
export function parseDevice(text: string): RunDevice {
  const { fields, problem } = csvFields(text);
  if (fields === undefined) throw refuseDevice(text, `failed to parse csv devices: ${problem}`);
  let name = '';
  let required = false;
  for (const field of fields) {
    const [, written = field, value] = /^([^=]*)=(.*)$/s.exec(field) ?? [];
    const key = written.toLowerCase();
    if (key === 'required') required = value === undefined || boolean(text, key, value);
    else if (key === 'name' && value !== undefined) {
      if (name !== '') throw refuseDevice(text, `device name already set to ${name}`);
      name = value;
    } else if (name === '') name = field;
    else throw refuseDevice(text, strayField(field, key, value));
  }
  return { name, required };
}

function boolean(text: string, key: string, value: string): boolean {
  const parsed = parseBoolean(value);
  if (parsed === undefined) throw refuseDevice(text, `invalid value for ${key}: ${value}`);
  return parsed;
}

function strayField(field: string, key: string, value: string | undefined): string {
  if (value === undefined) return `invalid field '${field}' must be a key=value pair`;
  return `unexpected key '${key}' in '${field}'${suggestion(key, ['name', 'required'])}`;
}

function refuseDevice(text: string, reason: string): Fault {
  return new Fault('DOCKERFILE_SYNTAX', `Cannot read --device=${text}: ${reason}`);
}
