import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultCode } from '../../src/errors/codes.ts';
import type { RetryPolicy } from '../../src/registry/retry.ts';
import type { FaultRule } from './fault-proxy.mjs';
import type { SmallRegistryOptions } from './small-registry.ts';

/** One fault: what goes wrong, and what has to come of it. The rows stand in fault-proxy-rows.jsonl, one a line. */
export interface FaultRow {
  readonly name: string;
  readonly do: 'push' | 'pull' | 'mount' | 'attach';
  readonly rules: readonly FaultRule[];
  /** That it succeeds, or the codes of which one must be told. */
  readonly expect: 'survives' | readonly FaultCode[];
  /** The habits of the registry behind the proxy. */
  readonly registry?: SmallRegistryOptions;
  /** Logins, user to password. */
  readonly login?: Readonly<Record<string, string>>;
  /** Default: 2 MiB. */
  readonly layerBytes?: number;
  /** Whether the fault is a standstill: the limits on waits are short then. */
  readonly stalls?: boolean;
  readonly retry?: Partial<RetryPolicy>;
  /** Requests that must have been made. */
  readonly sees?: readonly string[];
  /** Default: 80. */
  readonly maxRequests?: number;
  /** By the clock of the client. Default: 10 minutes. */
  readonly maxElapsedMs?: number;
  readonly minElapsedMs?: number;
  /** Upload sessions that may be left at the registry. Default: none. */
  readonly orphans?: number;
  /** The table of docs/reliability.md that bench/reliability.mjs makes of it. */
  readonly bench?: string;
}

export const faultRows: readonly FaultRow[] = readFileSync(join(import.meta.dirname, 'fault-proxy-rows.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as FaultRow);
