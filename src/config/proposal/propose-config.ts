import { basename } from 'node:path/posix';
import { type DockerfileNeeds, describeDockerfile } from './describe-dockerfile.ts';
import { type FoundDockerfile, findDockerfiles } from './find-dockerfiles.ts';
import { guessContext, isAside } from './guess-context.ts';
import type { BuildHint, ProjectFiles, RunnerHint } from './project-files.ts';
import { readBake } from './read-bake.ts';
import { readCompose } from './read-compose.ts';
import { readPipeline } from './read-pipelines.ts';
import { readRunners } from './read-runners.ts';
import { parseRemote, type SourceRemote } from './source-remote.ts';

/** A config as it is proposed: what the files of the project say, and which of them said it. */
export interface ConfigProposal {
  readonly images: readonly ProposedImage[];
  readonly runners?: RunnerHint;
  readonly remote?: SourceRemote;
  /** What was seen and left out. */
  readonly notes: readonly string[];
}

export interface ProposedImage {
  readonly name: string;
  readonly context: string;
  /** Nothing names the context: it was found by what the Dockerfile copies. */
  readonly isContextGuessed: boolean;
  readonly dockerfile: string;
  readonly needs: DockerfileNeeds;
  /** What the files of the project say about it, most telling first. */
  readonly hints: readonly BuildHint[];
  /** None where there is one image only. */
  readonly variants: readonly ProposedVariant[];
}

export interface ProposedVariant {
  readonly name: string;
  readonly isDefault: boolean;
  readonly dockerfile?: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
}

/** What is built where nothing says otherwise: what most servers and laptops have. */
export const usualPlatforms = ['linux/amd64', 'linux/arm64'];

/** Proposes a config for a project; without any Dockerfile there is no image. */
export function proposeConfig(project: ProjectFiles): ConfigProposal {
  const remote = project.remote === undefined ? undefined : parseRemote(project.remote);
  const hints = readHints(project, remote);
  const { published, workshop } = findDockerfiles(withNamed(project, hints));
  const images = groupByImage(published, hints).map((group) => proposeImage(group, { project, hints }));
  const runners = Object.entries(project.texts).flatMap(([path, text]) =>
    path.startsWith('.github/workflows/') ? (readRunners(path, text) ?? []) : [],
  );
  const told = runners.find(({ runners: labels }) => 'linux/arm64' in labels) ?? runners.find(isBlacksmith);
  return {
    images: withUniqueNames(images),
    ...(told === undefined ? {} : { runners: told }),
    ...(remote === undefined ? {} : { remote }),
    notes: [
      ...workshop.map(({ path }) => `${path} is left out: its name says that it is for work on the project`),
      ...Object.entries(project.texts).flatMap(noteOfMatrix),
    ],
  };
}

/** Targets that a bake file makes by a matrix have names and tags that only bake can work out. */
function noteOfMatrix([path, text]: readonly [string, string]): readonly string[] {
  return /docker-bake[^/]*\.hcl$/.test(path) && /^\s*matrix\s*=/m.test(text)
    ? [`${path} makes targets by a matrix, which is not read: say under \`variants\` which there are`]
    : [];
}

/** What the user says about a proposal; what is absent stays as proposed. */
export interface ProposalAnswers {
  readonly repository?: string;
  readonly platforms?: readonly string[];
}

/** The answers that change nothing: what is proposed for the first image. */
export function usualAnswers({ images, remote }: ConfigProposal): {
  readonly repository: string | undefined;
  readonly platforms: readonly string[];
} {
  const hints = images[0]?.hints ?? [];
  const told = hints.find(({ repositories }) => repositories !== undefined)?.repositories?.[0];
  const platforms = hints.find(({ platforms: named = [] }) => named.length > 0)?.platforms;
  return { repository: told ?? remote?.repository, platforms: platforms ?? usualPlatforms };
}

/** Lays the user's answers over a proposal; of several images each gets a repository below the one that was named. */
export function answerProposal(proposal: ConfigProposal, { repository, platforms }: ProposalAnswers): ConfigProposal {
  const isOnly = proposal.images.length === 1;
  return {
    ...proposal,
    images: proposal.images.map((image) => {
      const repositories = repository === undefined ? undefined : [isOnly ? repository : `${repository}/${image.name}`];
      const answer: BuildHint = {
        origin: 'your answer',
        ...(repositories === undefined ? {} : { repositories }),
        ...(platforms === undefined ? {} : { platforms }),
      };
      return { ...image, hints: [answer, ...image.hints] };
    }),
  };
}

function isBlacksmith({ provider }: RunnerHint): boolean {
  return provider === 'blacksmith';
}

/** Dockerfiles that other files name count as such, whatever they are called. */
function withNamed({ paths }: ProjectFiles, hints: readonly BuildHint[]): readonly string[] {
  const named = hints.flatMap(({ dockerfile }) => dockerfile ?? []).filter((path) => paths.includes(path));
  return [...new Set([...paths, ...named])];
}

function readHints({ texts }: ProjectFiles, remote: SourceRemote | undefined): readonly BuildHint[] {
  return Object.entries(texts).flatMap(([path, text]) => {
    const name = basename(path);
    if (/^\.github\/workflows\/|^\.gitlab-ci\.ya?ml$|^Jenkinsfile|(?:^|\/)Makefile$/.test(path))
      return readPipeline(path, text, remote);
    if (/^docker-bake.*\.(?:hcl|json)$/.test(name)) return readBake(path, text);
    return /^(?:docker-)?compose.*\.ya?ml$/.test(name) ? readCompose(path, text) : [];
  });
}

interface ImageGroup {
  readonly main: FoundDockerfile;
  readonly others: readonly FoundDockerfile[];
}

/** Dockerfiles of one folder are variants of one image, unless other files publish them under different names. */
function groupByImage(found: readonly FoundDockerfile[], hints: readonly BuildHint[]): readonly ImageGroup[] {
  const folders = groupOf(found);
  return [...folders.values()].flatMap((inFolder) => {
    const repositories = inFolder.map(({ path }) => repositoriesOf(path, hints));
    const isApart = new Set(repositories.filter((names) => names !== '')).size > 1;
    const [main, ...others] = inFolder.toSorted((a, b) => a.flavour.length - b.flavour.length);
    if (main === undefined) return [];
    return isApart ? inFolder.map((one) => ({ main: one, others: [] })) : [{ main, others }];
  });
}

function groupOf(found: readonly FoundDockerfile[]): ReadonlyMap<string, readonly FoundDockerfile[]> {
  const groups = new Map<string, readonly FoundDockerfile[]>();
  for (const one of found) groups.set(one.folder, [...(groups.get(one.folder) ?? []), one]);
  return groups;
}

function repositoriesOf(path: string, hints: readonly BuildHint[]): string {
  return hints
    .filter(({ dockerfile }) => dockerfile === path)
    .flatMap(({ repositories }) => repositories ?? [])
    .toSorted()
    .join(' ');
}

interface Surroundings {
  readonly project: ProjectFiles;
  readonly hints: readonly BuildHint[];
}

function proposeImage({ main, others }: ImageGroup, { project, hints }: Surroundings): ProposedImage {
  const own = hints.filter(({ dockerfile }) => dockerfile === main.path).toSorted((a, b) => weightOf(b) - weightOf(a));
  const needs = describeDockerfile(main.path, project.texts[main.path] ?? '');
  const folderName = main.folder === '.' || isAside(main.folder) ? project.folderName : basename(main.folder);
  const told = own[0]?.context;
  const context = told ?? guessContext(main.folder, needs.sources, project.paths);
  const repository = own.find(({ repositories }) => repositories !== undefined)?.repositories?.[0];
  return {
    name: plainName(
      repository?.split('/').at(-1) ?? (main.flavour === '' || others.length > 0 ? folderName : main.flavour),
    ),
    context,
    isContextGuessed: told === undefined && context !== main.folder,
    dockerfile: main.path,
    needs,
    hints: own,
    variants: others.length > 0 ? variantsOfFiles(main, others) : variantsOfHints(own),
  };
}

/** The more a hint says about publishing, the more it is worth. */
function weightOf({ repositories, platforms, tagRules }: BuildHint): number {
  return (repositories === undefined ? 0 : 4) + (platforms === undefined ? 0 : 2) + (tagRules === undefined ? 0 : 1);
}

function variantsOfFiles(main: FoundDockerfile, others: readonly FoundDockerfile[]): readonly ProposedVariant[] {
  const first = { name: main.flavour === '' ? 'standard' : plainName(main.flavour), isDefault: true, args: {} };
  return [
    first,
    ...others.map(({ path, flavour }) => ({ name: plainName(flavour), isDefault: false, dockerfile: path, args: {} })),
  ];
}

/** Targets of a bake file that build one Dockerfile with different stages or arguments. */
function variantsOfHints(hints: readonly BuildHint[]): readonly ProposedVariant[] {
  const named = hints.filter(({ origin, name }) => name !== undefined && origin.includes('bake'));
  const distinct = new Map(named.map((hint) => [JSON.stringify([hint.target, hint.args]), hint]));
  if (distinct.size < 2) return [];
  return [...distinct.values()].map(({ name = '', target, args = {} }, at) => ({
    name: plainName(name),
    isDefault: at === 0,
    ...(target === undefined ? {} : { target }),
    args,
  }));
}

function withUniqueNames(images: readonly ProposedImage[]): readonly ProposedImage[] {
  const counts = new Map<string, number>();
  return images.map((image) => {
    const count = (counts.get(image.name) ?? 0) + 1;
    counts.set(image.name, count);
    return count === 1 ? image : { ...image, name: `${image.name}-${count}` };
  });
}

/** A name as the config takes it: lower-case letters and digits with single separators. */
function plainName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return name === '' ? 'app' : name;
}
