/** A smoke test that every platform must pass, every default filled in. At least one of `run`, `http`, `user` and `file` is set. */
export interface TestConfig {
  readonly name: string;
  readonly run?: CommandTest;
  readonly http?: HttpTest;
  /** The user the image must run as. */
  readonly user?: string;
  readonly file?: FileTest;
  readonly env: Readonly<Record<string, string>>;
  /** Default: 60,000. */
  readonly timeoutMs: number;
  /** Normalised; absent means all that can be run. */
  readonly platforms?: readonly string[];
}

/** Expectations are a text that must be equal, or `/pattern/flags` that must match. */
export interface CommandTest {
  /** Words of a command, or one text for the shell of the image. */
  readonly command: readonly string[] | string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode: number;
}

export interface HttpTest {
  readonly port: number;
  readonly path: string;
  readonly status: number;
  readonly body?: string;
}

export interface FileTest {
  readonly path: string;
  readonly exists: boolean;
  readonly contains?: string;
  /** Permissions, octal. */
  readonly mode?: string;
}
