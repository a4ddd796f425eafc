import { type Decoder, decodeText, listOf, objectOf, optional, type Place, refuse } from '../oci/decode.ts';

/** What of a kept plan tells how its cells were to be built. */
export interface FormerPlan {
  readonly cells: readonly FormerCell[];
}

export interface FormerCell extends FormerPlacement {
  readonly id: string;
  readonly alternatives?: readonly FormerPlacement[] | undefined;
}

export interface FormerPlacement {
  readonly builder: string;
  readonly route: { readonly kind: string };
}

/** What of a kept outcome tells how its cells went. */
export interface FormerOutcome {
  readonly cells: readonly FormerResult[];
}

export interface FormerResult {
  readonly cell: string;
  readonly state: string;
  readonly part?: FormerPart | undefined;
}

export interface FormerPart {
  readonly engine: string;
  readonly durationMs: number;
  readonly steps: { readonly total: number; readonly cached: number };
}

const decodePlacement = { builder: decodeText, route: objectOf({ kind: decodeText }) };

/** Plans of all versions that have been; fields that are not asked for may be anything. */
export const decodeFormerPlan: Decoder<FormerPlan> = objectOf<FormerPlan>({
  cells: listOf(
    objectOf<FormerCell>({
      ...decodePlacement,
      id: decodeText,
      alternatives: optional(listOf(objectOf<FormerPlacement>(decodePlacement))),
    }),
  ),
});

/** Outcomes of all versions that have been. */
export const decodeFormerOutcome: Decoder<FormerOutcome> = objectOf<FormerOutcome>({
  cells: listOf(
    objectOf<FormerResult>({
      cell: decodeText,
      state: decodeText,
      part: optional(
        objectOf<FormerPart>({
          engine: decodeText,
          durationMs: decodeAmount,
          steps: objectOf({ total: decodeAmount, cached: decodeAmount }),
        }),
      ),
    }),
  ),
});

function decodeAmount(value: unknown, place: Place): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : refuse(value, place, 'a number');
}
