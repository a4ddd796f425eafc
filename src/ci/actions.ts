/** An action of GitHub, held by the commit that a version stands for. */
export interface PinnedAction {
  readonly name: string;
  /** 40 hex digits: a tag can be moved to other code, a commit cannot. */
  readonly commit: string;
  readonly version: string;
}

/**
 * The actions that written workflows use. A new version is a new line here, and new goldens.
 *
 * What each pin rests on: the commits of `actions/*` and `docker/*` stand beside the same version in the public workflows
 * of many owners; that of `useblacksmith/setup-docker-builder` in those of one owner alone. None was read from the tag of
 * its own repository: before a new version is taken, compare `git ls-remote https://github.com/OWNER/NAME refs/tags/VERSION`.
 */
export const actions = {
  checkout: pin('actions/checkout', 'v6.0.2', 'de0fac2e4500dabe0009e67214ff5f5447ce83dd'),
  setupNode: pin('actions/setup-node', 'v6.0.0', '2028fbc5c25fe9cf00d9f06a71cc4710d4507903'),
  uploadArtifact: pin('actions/upload-artifact', 'v6.0.0', 'b7c566a772e6b6bfb58ed0dc250532a479d7789f'),
  downloadArtifact: pin('actions/download-artifact', 'v7.0.0', '37930b1c2abaa49bbe596cd826c3c89aef350131'),
  githubScript: pin('actions/github-script', 'v8.0.0', 'ed597411d8f924073f98dfc5c65a23a2325f34cd'),
  attest: pin('actions/attest-build-provenance', 'v4.1.0', 'a2bbfa25375fe432b6a289bc6b6cd05ecd0c4c32'),
  setupQemu: pin('docker/setup-qemu-action', 'v3.6.0', '29109295f81e9208d7d86ff1c6c12d2833863392'),
  setupBuildx: pin('docker/setup-buildx-action', 'v3.11.1', 'e468171a9de216ec08956ac3ada2f0791b6bd435'),
  login: pin('docker/login-action', 'v3.6.0', '5e57cd118135c172c3672efd75eb46360885c0ef'),
  blacksmithBuilder: pin('useblacksmith/setup-docker-builder', 'v2.2.0', '19215110ab936351210feebdfa5b440b4493e184'),
} as const satisfies Record<string, PinnedAction>;

/** As `uses:` names it, with the version for the reader. */
export function formatAction({ name, commit, version }: PinnedAction): string {
  return `${name}@${commit} # ${version}`;
}

function pin(name: string, version: string, commit: string): PinnedAction {
  return { name, version, commit };
}
