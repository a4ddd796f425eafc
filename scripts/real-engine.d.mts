export interface RunningEngine {
  readonly socket: string;
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
  kill(): void;
}

export interface RunningRegistry {
  /** `localhost:PORT` */
  readonly address: string;
  readonly port: number;
  stop(): Promise<void>;
  kill(): void;
}

export declare function peerEnvironment(dockerConfig: string): Record<string, string>;
export declare function startEngine(options: {
  readonly folder: string;
  readonly registries?: readonly string[];
}): Promise<RunningEngine>;
export declare function startBuildkitEndpoint(
  engine: RunningEngine,
): Promise<{ readonly address: string; stop(): Promise<void> }>;
export declare function startDockerRegistry(options: {
  readonly folder: string;
  readonly port?: number;
  /** More lines of the config file. */
  readonly config?: readonly string[];
}): Promise<RunningRegistry>;
export declare function registerEmulators(): void;
export declare function freePort(): Promise<number>;
