import { createHash } from 'node:crypto';
import type { Digest } from '../../oci/digest.ts';
import type { ContainerConfig, HistoryEntry, ImageConfig } from '../../oci/image-config.ts';
import type { Platform } from '../../oci/platform.ts';
import type { BuiltLayer } from './built-layer.ts';

/** A layer of the image in the making. */
export interface StateLayer extends BuiltLayer {
  readonly cached: boolean;
  /** The instruction that made it; empty for layers of a base image. */
  readonly createdBy: string;
}

/** A step of the image's history. Those of this build get their time when all of it is known. */
export type StateHistory = HistoryEntry & { readonly isNew?: boolean };

/** An image while its stage is being worked off: what the next instruction builds upon. Never changed, only replaced. */
export interface ImageState {
  readonly platform: Platform;
  /** What the image itself remembers. */
  readonly config: ContainerConfig;
  readonly author?: string;
  readonly history: readonly StateHistory[];
  readonly layers: readonly StateLayer[];
  /** Names the root file system: equal chains, equal files. https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#layer-chainid */
  readonly chain: string;
  /** Whether CMD stands in this very stage, so that ENTRYPOINT leaves it. */
  readonly hasOwnCmd: boolean;
}

export const emptyChain = 'scratch';

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const historyComment = 'buildkit.dockerfile.v0';

/** What `FROM scratch` starts from. */
export function scratchState(platform: Platform): ImageState {
  const config: ContainerConfig = { Env: [defaultPath], WorkingDir: '/' };
  return { platform, config, history: [], layers: [], chain: emptyChain, hasOwnCmd: false };
}

/** What `FROM image` starts from. Its ONBUILD triggers are taken out: they run now and are not handed on. */
export function baseState(base: ImageConfig, layers: readonly BuiltLayer[], platform: Platform): ImageState {
  const { OnBuild: _, ...inherited } = base.config ?? {};
  const config = withPath({ ...inherited, ...workingDirectory(inherited) }, platform);
  return {
    platform,
    config,
    ...(base.author === undefined ? {} : { author: base.author }),
    history: base.history ?? [],
    layers: layers.map((layer) => ({ ...layer, cached: true, createdBy: '' })),
    chain: layers.reduce((chain, layer) => chainOf(chain, layer.diffId), emptyChain),
    hasOwnCmd: false,
  };
}

/** What `FROM stage` starts from: everything of the stage but its ONBUILD triggers. */
export function stageState(parent: ImageState): ImageState {
  const { OnBuild: _, ...config } = parent.config;
  return { ...parent, config, hasOwnCmd: false };
}

/** The image with one more layer. */
export function withLayer(state: ImageState, layer: StateLayer): ImageState {
  return { ...state, layers: [...state.layers, layer], chain: chainOf(state.chain, layer.diffId) };
}

/** The image with one more line of history. */
export function withHistory(state: ImageState, createdBy: string, hasLayer = false): ImageState {
  const entry = {
    created_by: createdBy,
    comment: historyComment,
    ...(hasLayer ? {} : { empty_layer: true }),
    isNew: true,
  };
  return { ...state, history: [...state.history, entry] };
}

export function withConfig(state: ImageState, change: ContainerConfig): ImageState {
  return { ...state, config: { ...state.config, ...change } };
}

/** The chain that a layer makes of the chain below it. */
export function chainOf(chain: string, diffId: Digest): string {
  return chain === emptyChain ? diffId : `sha256:${createHash('sha256').update(`${chain} ${diffId}`).digest('hex')}`;
}

function withPath(config: ContainerConfig, platform: Platform): ContainerConfig {
  const env = config.Env ?? [];
  if (platform.os === 'windows' || env.some((text) => text === 'PATH' || text.startsWith('PATH='))) return config;
  return { ...config, Env: [...env, defaultPath] };
}

/** A base that says no working directory keeps saying none; any other is made absolute. */
function workingDirectory({ WorkingDir }: ContainerConfig): ContainerConfig {
  if (WorkingDir === undefined || WorkingDir === '') return {};
  return { WorkingDir: WorkingDir.startsWith('/') ? WorkingDir : `/${WorkingDir}` };
}
