/** What is done to a request, or to its reply. `at` is a share of the body, from 0 to 1. */
export type FaultAction =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      /** Before the body of the request has come. */
      readonly early?: boolean;
    }
  | { readonly kind: 'cut-request'; readonly at: number }
  | { readonly kind: 'down'; readonly ms: number; readonly at?: number }
  | { readonly kind: 'stall' }
  | { readonly kind: 'lose-reply' }
  | { readonly kind: 'cut-reply' | 'flip' | 'stall-reply' | 'shorten'; readonly at: number }
  | { readonly kind: 'drip'; readonly bytes: number; readonly everyMs: number }
  | { readonly kind: 'relative-location' }
  | {
      readonly kind: 'edit';
      readonly status?: number;
      readonly remove?: readonly string[];
      readonly set?: Readonly<Record<string, string | readonly string[]>>;
      readonly upperCase?: boolean;
    };

export interface FaultRule {
  /** Names of requests, as `nameOfRequest` gives them; or `any`, or `upload body` for a large PUT or PATCH. */
  readonly on: string | readonly string[];
  /** Default: 1. */
  readonly times?: number | 'always';
  /** How many matching requests pass first. Default: 0. */
  readonly after?: number;
  readonly do: FaultAction;
}

export interface FaultProxy {
  readonly host: string;
  readonly requests: readonly { readonly name: string; readonly method: string; readonly path: string }[];
  readonly stop: () => Promise<void>;
}

export function nameOfRequest(method: string, path: string): string;

export function startFaultProxy(options: {
  /** `host:port` of the registry. */
  readonly upstream: string;
  readonly rules?: readonly FaultRule[];
  /** The blob that `GET layer` means. Default: every blob. */
  readonly layerDigest?: string;
  readonly nowMs?: () => number;
}): Promise<FaultProxy>;
