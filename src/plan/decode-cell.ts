import {
  type Decoder,
  decodeBoolean,
  decodeInteger,
  decodeText,
  listOf,
  mapOf,
  objectOf,
  optional,
  type Place,
  refuse,
} from '../oci/decode.ts';
import type { Cell, CellCache, CellLimits, Compression, Placement, Recipe, Route, SecretSource } from './cell.ts';
import { decodeAmount, oneOf } from './decode-choice.ts';

/** An absolute path without steps back: what a path is relative to must never depend on who reads it. */
export function decodePath(value: unknown, place: Place): string {
  const path = decodeText(value, place);
  const isClean = path.startsWith('/') && !path.includes('\0') && !path.split('/').includes('..');
  return isClean ? path : refuse(value, place, 'an absolute path without ".."');
}

const decodeRoute: Decoder<Route> = objectOf<Route>({
  kind: oneOf('native', 'cross', 'emulated', 'assembled'),
  reason: decodeText,
});

const decodeCompression: Decoder<Compression> = objectOf<Compression>({
  type: oneOf('gzip', 'zstd'),
  level: optional(decodeInteger),
  reproducible: optional(decodeBoolean),
});

const decodeSecret: Decoder<SecretSource> = objectOf<SecretSource>({
  id: decodeText,
  env: optional(decodeText),
  file: optional(decodePath),
});

const decodeRecipe: Decoder<Recipe> = objectOf<Recipe>({
  context: decodePath,
  dockerfile: decodePath,
  contextIgnore: optional(listOf(decodeText)),
  target: optional(decodeText),
  args: mapOf(decodeText),
  contexts: mapOf(decodeText),
  labels: mapOf(decodeText),
  eventLabels: optional(listOf(decodeText)),
  annotations: mapOf(decodeText),
  compression: decodeCompression,
  noCache: decodeBoolean,
  pull: decodeBoolean,
  secrets: listOf(decodeSecret),
  ssh: listOf(decodeText),
  network: optional(oneOf('default', 'none', 'host')),
  extraHosts: optional(mapOf(decodeText)),
  provenance: optional(decodeText),
  sbom: optional(decodeText),
});

const decodePlacement: Decoder<Placement> = objectOf<Placement>({
  builder: decodeText,
  node: optional(decodeText),
  route: decodeRoute,
  estimateMs: optional(decodeAmount),
});

/** A cell of a plan that was written to a file. */
export const decodeCell: Decoder<Cell> = objectOf<Cell>({
  id: decodeText,
  image: decodeText,
  variant: decodeText,
  platform: decodeText,
  optional: decodeBoolean,
  carryForwardDays: optional(decodeAmount),
  builder: decodeText,
  node: optional(decodeText),
  route: decodeRoute,
  alternatives: optional(listOf(decodePlacement)),
  limits: objectOf<CellLimits>({ timeoutMs: optional(decodeAmount), retryCount: decodeInteger }),
  estimateMs: optional(decodeAmount),
  longestEmulatedMs: optional(decodeAmount),
  base: optional(decodeText),
  cache: optional(objectOf<CellCache>({ from: listOf(decodeText), to: listOf(decodeText) })),
  repository: optional(decodeText),
  recipe: decodeRecipe,
});
