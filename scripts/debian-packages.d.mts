/** Debian's own names of architectures. */
export type DebianArchitecture = 'amd64' | 'arm64' | 'armhf' | 's390x';

export interface DebianPackages {
  readonly architecture: DebianArchitecture;
  readonly packages: readonly string[];
  /** Whether all that they depend on comes too. Default: false. */
  readonly closure?: boolean;
}

/** What a maker of something from packages works with. */
export interface DebianWork {
  /** Paths of the packages' files. */
  readonly fetch: (what: DebianPackages) => Promise<readonly string[]>;
  /** A new folder, which is gone afterwards. */
  readonly folder: string;
}

export declare function keepPeer(
  name: string,
  make: (target: string, work: DebianWork) => Promise<void>,
): Promise<string>;
export declare function findBusybox(architecture: DebianArchitecture): Promise<string>;
export declare function unpackDebian(files: readonly string[], target: string): Promise<void>;
