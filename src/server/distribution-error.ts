/** The error codes of the distribution specification, and the four that are in use besides. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes */
export type DistributionCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'UNSUPPORTED'
  | 'TOOMANYREQUESTS'
  | 'TAG_INVALID'
  | 'PRECONDITION_FAILED'
  | 'UNAVAILABLE'
  | 'UNKNOWN';

/** One thing that is wrong with a request, as clients read it. It never holds a path of this machine. */
export interface DistributionError {
  readonly code: DistributionCode;
  readonly message: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** The body of a refusal. */
export function formatErrors(errors: readonly DistributionError[]): string {
  return `${JSON.stringify({ errors })}\n`;
}
