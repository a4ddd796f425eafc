import { archiveCodes } from './codes/archive.ts';
import { buildkitCodes } from './codes/buildkit.ts';
import { ciCodes } from './codes/ci.ts';
import { configCodes } from './codes/config.ts';
import { dockerfileCodes } from './codes/dockerfile.ts';
import { engineCodes } from './codes/engine.ts';
import { forgeCodes } from './codes/forge.ts';
import { historyCodes } from './codes/history.ts';
import { hostCodes } from './codes/host.ts';
import { ociCodes } from './codes/oci.ts';
import { planCodes } from './codes/plan.ts';
import { publishCodes } from './codes/publish.ts';
import { registryCodes } from './codes/registry.ts';
import { runCodes } from './codes/run.ts';
import { serverCodes } from './codes/server.ts';
import { storeCodes } from './codes/store.ts';

/** The one catalogue of faults. A code is only ever matched as a whole; its text is never parsed. */
export const codes = {
  ...ociCodes,
  ...dockerfileCodes,
  ...archiveCodes,
  ...hostCodes,
  ...configCodes,
  ...planCodes,
  ...storeCodes,
  ...registryCodes,
  ...engineCodes,
  ...buildkitCodes,
  ...serverCodes,
  ...historyCodes,
  ...publishCodes,
  ...forgeCodes,
  ...ciCodes,
  ...runCodes,
} as const;

export type FaultCode = keyof typeof codes;
