import { basename, dirname } from 'node:path/posix';

/** A Dockerfile of the project, by what its name says. */
export interface FoundDockerfile {
  readonly path: string;
  readonly folder: string;
  /** `slim` of `Dockerfile.slim` or `slim.Dockerfile`; empty for a plain one. */
  readonly flavour: string;
}

const asides =
  /(?:^|\/)(?:node_modules|vendor|third_party|testdata|fixtures?|tests?|e2e|\.devcontainer|\.github|\.git|dist|build|target)\//;
const examples = /(?:^|\/)(?:examples?|samples?|demos?|docs?|hack|tools?|scripts?)\//;
const workshop = /^(?:dev|devel|development|debug|test|tests|ci|local|e2e|lint|build|builder|base)$/i;

/** Whether a file is a Dockerfile by its name. */
export function isDockerfile(path: string): boolean {
  return (
    /^(?:(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?|[\w.-]+\.(?:Dockerfile|dockerfile))$/.test(basename(path)) &&
    !path.endsWith('.dockerignore')
  );
}

/**
 * The Dockerfiles that make images to publish. Those of tests and vendored code never do; those of examples only where
 * there is no other.
 */
export function findDockerfiles(paths: readonly string[]): {
  readonly published: readonly FoundDockerfile[];
  /** Left out because their name says that they are for those who work on the project. */
  readonly workshop: readonly FoundDockerfile[];
} {
  const found = paths.filter((path) => isDockerfile(path) && !asides.test(path)).map(readName);
  const usual = found.filter(({ path }) => !examples.test(path));
  const candidates = (usual.length > 0 ? usual : found).toSorted(inOrder);
  const published = candidates.filter(({ flavour }) => !workshop.test(flavour));
  return published.length > 0
    ? { published, workshop: candidates.filter(({ flavour }) => workshop.test(flavour)) }
    : { published: candidates.slice(0, 1), workshop: candidates.slice(1) };
}

function readName(path: string): FoundDockerfile {
  const name = basename(path);
  const flavour =
    /^(?:Dockerfile|Containerfile)[.-](.+)$/.exec(name)?.[1] ?? /^(.+)\.dockerfile$/i.exec(name)?.[1] ?? '';
  return { path, folder: dirname(path), flavour };
}

function inOrder(a: FoundDockerfile, b: FoundDockerfile): number {
  return a.path.split('/').length - b.path.split('/').length || (a.path < b.path ? -1 : 1);
}
