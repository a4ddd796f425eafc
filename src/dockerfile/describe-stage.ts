import type { Transfer } from './instruction.ts';
import type { ResolvedStages } from './resolve-stages.ts';
import type { ResolvedStage, StageSource } from './stage.ts';

/** What can be told of a stage without building it. */
export interface StageSummary {
  readonly index: number;
  readonly name?: string;
  readonly base: StageSource;
  /** Whether it is built for the target platform, pinned to the one that builds, or to one that is written out. */
  readonly platformKind: ResolvedStage['platformKind'];
  /** Whether a program of the stage is started: it has a RUN. */
  readonly runs: boolean;
  /**
   * The paths of the build context that it reads, as written; `.` stands for all of it, and is told where a path holds a
   * variable.
   */
  readonly contextPaths: readonly string[];
  /** The images that it copies or mounts from. */
  readonly images: readonly string[];
}

/** The summary of one stage. */
function describeStage(resolved: ResolvedStage): StageSummary {
  const { stage, base, platformKind, instructions, sources } = resolved;
  return {
    index: stage.index,
    ...(stage.name === undefined ? {} : { name: stage.name }),
    base,
    platformKind,
    runs: instructions.some(({ name }) => name === 'RUN'),
    contextPaths: contextPaths(resolved),
    images: [...sources.values()].flatMap((source) => (source.kind === 'image' ? [source.reference] : [])),
  };
}

/** The summaries of all the stages that the target needs. */
export function describeStages(resolved: ResolvedStages): readonly StageSummary[] {
  return resolved.stages.map(describeStage);
}

function contextPaths({ instructions }: ResolvedStage): readonly string[] {
  const paths = new Set<string>();
  for (const instruction of instructions) {
    if (instruction.name === 'COPY' && instruction.from === undefined) addSources(paths, instruction);
    if (instruction.name === 'ADD') addSources(paths, instruction);
    if (instruction.name !== 'RUN') continue;
    for (const mount of instruction.mounts) {
      const path = mount.from === undefined ? mountedPath(mount.text) : undefined;
      if (path !== undefined) paths.add(plainPath(path));
    }
  }
  return [...paths].toSorted();
}

function addSources(paths: Set<string>, { sources, name }: Transfer & { readonly name: 'COPY' | 'ADD' }): void {
  for (const source of sources) if (name === 'COPY' || !isRemote(source)) paths.add(plainPath(source));
}

const remote = /^(?:https?:\/\/|git@|git:\/\/|ssh:\/\/|github\.com\/)/;

/** Whether a source of ADD is fetched from elsewhere. */
export function isRemote(source: string): boolean {
  return remote.test(source);
}

/** The context path of a bind mount without `from`; `undefined` for other mounts. */
function mountedPath(text: string): string | undefined {
  const fields = new Map(text.split(',').map((field) => splitField(field)));
  const type = fields.get('type') ?? 'bind';
  if (type.includes('$')) return '.';
  return type.toLowerCase() === 'bind' ? (fields.get('source') ?? fields.get('src') ?? '.') : undefined;
}

function splitField(field: string): readonly [string, string] {
  const [key = ''] = field.split('=', 1);
  return [key.toLowerCase(), field.slice(key.length + 1)];
}

function plainPath(path: string): string {
  if (path.includes('$')) return '.';
  const relative = path.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
  return relative === '' ? '.' : relative;
}
