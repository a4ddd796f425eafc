/** Which parts of former runs a build may take over. */
export interface ReuseRequest {
  /** None: everything is built. Default: false. */
  readonly force?: boolean;
  /** `true`: of any former run, and how many is told; an id: of that run alone. */
  readonly resume?: boolean | string;
  /** Also those that other machines have recorded in the registry, and record what is built here. Default: in CI. */
  readonly skipUnchanged?: boolean;
}
