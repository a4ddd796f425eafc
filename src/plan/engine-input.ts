import type { Cell } from './cell.ts';
import type { Plan } from './plan.ts';

/** Changes whenever the embedded engine would give other bytes for the same inputs. */
const embeddedVersion = 1;

/** The image that buildx makes a builder from where nobody names another. */
const usualBuilderImage = 'moby/buildkit:buildx-stable-1';

/** What an engine adds to the inputs of a cell. */
export type EngineInput =
  | {
      /** The engine with its version. */
      readonly engine: string;
      /** An image that lies there already may stand for what the registry has under the name now. */
      readonly keepsImages: boolean;
    }
  | { readonly reason: string };

/** Tells which engine a cell is built by. A builder that is yet to be made counts by the image it will be made from. */
export function engineInput({ builder, node }: Cell, { builders }: Plan): EngineInput {
  if (builder === 'embedded') return { engine: `embedded ${embeddedVersion}`, keepsImages: false };
  const facts = builders.find(({ name }) => name === builder);
  if (facts === undefined) return { reason: `The plan does not describe the builder "${builder}"` };
  const keepsImages = facts.driver === 'docker';
  if (facts.state === 'missing')
    return { engine: `buildkit ${facts.options['image'] ?? usualBuilderImage}`, keepsImages };
  const version = (facts.nodes.find(({ name }) => name === node) ?? facts.nodes[0])?.version;
  if (version === undefined) return { reason: `The builder "${builder}" does not tell its version` };
  return { engine: `buildkit ${version}`, keepsImages };
}
