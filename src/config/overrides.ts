/** What flags say, as they were typed; what is absent leaves the config as it is. */
export interface Overrides {
  /** `--file`: a Dockerfile. */
  readonly file?: string;
  /** The context folder, the argument of `build` where it is not the config's folder. */
  readonly context?: string;
  /** `--platform` / `--platforms`, each one platform or several with commas. */
  readonly platforms?: readonly string[];
  /** `--build-arg NAME=VALUE`, or `NAME` for the variable of that name. */
  readonly args?: readonly string[];
  /** `--build-context NAME=PLACE` */
  readonly contexts?: readonly string[];
  readonly target?: string;
  /** `--label NAME=VALUE` */
  readonly labels?: readonly string[];
  /** `--annotation [LEVEL:]NAME=VALUE` */
  readonly annotations?: readonly string[];
  /** `-t` / `--tag`: whole references. */
  readonly tags?: readonly string[];
  /** `-o` / `--output` */
  readonly outputs?: readonly string[];
  readonly push?: boolean;
  readonly load?: boolean;
  readonly noCache?: boolean;
  readonly pull?: boolean;
  /** `--secret id=NAME[,env=VARIABLE|,src=FILE]` */
  readonly secrets?: readonly string[];
  /** `--ssh default|ID[=SOCKET|KEY]` */
  readonly ssh?: readonly string[];
  /** `--variant`, each one name or several with commas. */
  readonly variants?: readonly string[];
  /** `--image`, each one name or several with commas. */
  readonly images?: readonly string[];
  /** `--name`: what the only image is called. */
  readonly name?: string;
  readonly network?: string;
  readonly compression?: 'gzip' | 'zstd';
  /** `--compression-level`: gzip 1 to 9, zstd 1 to 22. */
  readonly compressionLevel?: string;
}
