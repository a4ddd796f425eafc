/** Bytes `start` to `end`, both counted from 0 and both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What a `Range` header asks for of content of a known size. */
export type RangeRequest =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly range: ByteRange }
  | { readonly kind: 'unsatisfiable' };

const whole: RangeRequest = { kind: 'whole' };

/**
 * Reads a `Range` header. Units other than bytes and lists of ranges are answered with the whole content, as RFC 9110
 * allows; a range that ends before it starts is refused, as the OCI conformance suite demands.
 * https://www.rfc-editor.org/rfc/rfc9110#section-14.2
 */
export function parseRange(header: string | undefined, sizeBytes: number): RangeRequest {
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '');
  if (match === null) return whole;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return whole;
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  return start >= sizeBytes || end < start ? { kind: 'unsatisfiable' } : { kind: 'part', range: { start, end } };
}

/**
 * Reads the `Content-Range` of a chunk: `start-end`, without a unit. The form of HTTP, `bytes start-end/size`, is read too.
 * Undefined where it is neither. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
 */
export function parseContentRange(header: string): ByteRange | undefined {
  const match = /^\s*(?:bytes\s+)?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?\s*$/i.exec(header);
  if (match === null) return undefined;
  const [start, end] = [Number(match[1]), Number(match[2])];
  return end < start ? undefined : { start, end };
}
