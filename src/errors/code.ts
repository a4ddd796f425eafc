/** What the process exits with when a fault of a kind ends it. `0` is success; see docs/errors.md. */
export const exitCodes = {
  /** A build, a copy or a test did not succeed. */
  failed: 1,
  /** The command line, the config or the Dockerfile is wrong. */
  misuse: 2,
  /** A proof found something: the image is not what it says it is. */
  finding: 3,
  /** A registry or the network refused, or did not answer in time. */
  registry: 4,
  /** The machine lacks something: disk, permission, a program. */
  machine: 5,
  /** A fault of polyarch itself. */
  internal: 70,
} as const;

export type ExitKind = keyof typeof exitCodes;

/** One entry of the catalogue: what a code means, what usually helps, and how the process ends. */
export interface CodeMeaning {
  readonly meaning: string;
  readonly hint: string;
  readonly exit: ExitKind;
}
