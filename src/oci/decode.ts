import { Fault } from '../errors/fault.ts';
import { type Digest, isDigest } from './digest.ts';
import { parseJson } from './parse-json.ts';

/** Where in which document a value stands; told in the fault. */
export interface Place {
  /** For example `image index`. */
  readonly document: string;
  /** For example `$.manifests[3].digest`. */
  readonly path: string;
}

/** Turns a value from outside into one of a known shape, or throws a fault that names the place. */
export type Decoder<T> = (value: unknown, place: Place) => T;

/** Decodes a document from its bytes, or from a value that `JSON.parse` gave. @throws {Fault} DOCUMENT_MALFORMED */
export function decodeDocument<T>(input: unknown, document: string, decoder: Decoder<T>): T {
  const value = input instanceof Uint8Array ? parseJson(input, document) : input;
  return decoder(value, { document, path: '$' });
}

export function decodeText(value: unknown, place: Place): string {
  return typeof value === 'string' ? value : refuse(value, place, 'a text');
}

export function decodeBoolean(value: unknown, place: Place): boolean {
  return typeof value === 'boolean' ? value : refuse(value, place, 'true or false');
}

/** A whole number that JavaScript holds exactly. */
export function decodeInteger(value: unknown, place: Place): number {
  return Number.isSafeInteger(value) && typeof value === 'number' ? value : refuse(value, place, 'a whole number');
}

/** A number of bytes. */
export function decodeSize(value: unknown, place: Place): number {
  const size = decodeInteger(value, place);
  return size >= 0 ? size : refuse(value, place, 'a number of bytes');
}

export function decodeDigest(value: unknown, place: Place): Digest {
  return typeof value === 'string' && isDigest(value) ? value : refuse(value, place, 'a sha256 or sha512 digest');
}

/** An object of which only the keys matter, as in `Volumes`. */
export function decodeEmptyObject(value: unknown, place: Place): object {
  return isRecord(value) ? value : refuse(value, place, 'an object');
}

/** A list; `null`, which Go writes for an empty one, is an empty list. */
export function listOf<T>(item: Decoder<T>): Decoder<readonly T[]> {
  return (value, place) => {
    if (value === null) return [];
    if (!Array.isArray(value)) return refuse(value, place, 'a list');
    return value.map((element, number) => item(element, at(place, `[${number}]`)));
  };
}

/** An object with any keys and values of one kind. */
export function mapOf<T>(item: Decoder<T>): Decoder<Readonly<Record<string, T>>> {
  return (value, place) => {
    if (!isRecord(value)) return refuse(value, place, 'an object');
    // fromEntries defines each key as the object's own, so that "__proto__" is a key like any other.
    return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, item(element, inside(place, key))]));
  };
}

/** A field that may be absent; `null` counts as absent. */
export function optional<T>(decoder: Decoder<T>): Decoder<T | undefined> {
  return (value, place) => (value === undefined || value === null ? undefined : decoder(value, place));
}

/** The decoders of the known fields of an object. */
export type Fields<T> = { readonly [Key in keyof T]-?: Decoder<T[Key] | undefined> | Decoder<T[Key]> };

/** An object with known fields; unknown fields are kept as they are, absent optional ones are left out. */
export function objectOf<T extends object>(fields: Fields<T>): Decoder<T> {
  const decoders: readonly (readonly [string, Decoder<unknown>])[] = Object.entries(fields);
  const known = new Set(decoders.map(([key]) => key));
  return (value, place) => {
    if (!isRecord(value)) return refuse(value, place, 'an object');
    const unknown = Object.entries(value).filter(([key]) => !known.has(key));
    const decoded = decoders.map(([key, decoder]) => {
      const written = Object.hasOwn(value, key) ? value[key] : undefined;
      return [key, decoder(written, inside(place, key))] as const;
    });
    const kept = decoded.filter(([, element]) => element !== undefined);
    return Object.fromEntries([...kept, ...unknown]) as T; // Fields<T> names each key of T, and each was decoded
  };
}

/** Throws the fault for a value that is not what it should be. @throws {Fault} DOCUMENT_MALFORMED */
export function refuse(value: unknown, place: Place, expected: string): never {
  throw new Fault(
    'DOCUMENT_MALFORMED',
    `Cannot read the ${place.document}: ${place.path} is ${show(value)}, expected ${expected}`,
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function inside(place: Place, key: string): Place {
  return at(place, /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `.${key}` : `[${JSON.stringify(shorten(key))}]`);
}

function at(place: Place, step: string): Place {
  return { document: place.document, path: place.path + step };
}

function show(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'an object';
  return JSON.stringify(typeof value === 'string' ? shorten(value) : value);
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
