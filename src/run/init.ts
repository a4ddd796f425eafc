import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parseConfig } from '../config/parse-config.ts';
import { formatProposal } from '../config/proposal/format-proposal.ts';
import {
  answerProposal,
  type ConfigProposal,
  type ProposalAnswers,
  proposeConfig,
} from '../config/proposal/propose-config.ts';
import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { diskFault } from '../store/disk-fault.ts';
import { gatherProject } from './gather/gather-project.ts';

export interface InitRequest {
  /** As typed; default: the current folder. */
  readonly folder: string;
  /** The proposal is only looked at, so that a config may be there. */
  readonly mayExist: boolean;
}

/** A config that was proposed and not written yet. */
export interface InitProposal {
  /** Where it belongs; absolute. */
  readonly file: string;
  readonly proposal: ConfigProposal;
}

/**
 * Proposes a config for a folder from what lies in it.
 *
 * @throws {Fault} CONFIG_EXISTS, DOCKERFILE_MISSING
 */
export async function proposeInit({ folder, mayExist }: InitRequest, host: Host): Promise<InitProposal> {
  const root = resolve(host.workingDirectory, folder);
  const file = join(root, 'polyarch.yaml');
  if (!mayExist) refuseExisting(root);
  const proposal = proposeConfig(await gatherProject(root, host));
  if (proposal.images.length > 0) return { file, proposal };
  throw new Fault('DOCKERFILE_MISSING', `Cannot propose a config for "${folder}": there is no Dockerfile in it`, {
    where: { path: root },
    hint: 'Run it in the folder that holds the Dockerfile, or name that folder: polyarch init DIR',
  });
}

/** The text of the config; what the user answered wins over what was found. */
export function formatInit({ file, proposal }: InitProposal, answers: ProposalAnswers): string {
  const text = formatProposal(answerProposal(proposal, answers));
  parseConfig(text, { file: basename(file), folderName: basename(resolve(file, '..')) });
  return text;
}

/** Writes the config where none is. @throws {Fault} CONFIG_EXISTS, STORE_DENIED, STORE_FULL */
export async function writeInit(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    if (existsSync(file)) refuseExisting(resolve(file, '..'));
    throw diskFault(error, `write "${file}"`, file);
  }
}

function refuseExisting(root: string): void {
  const existing = ['polyarch.yaml', 'polyarch.yml'].map((name) => join(root, name)).find((file) => existsSync(file));
  if (existing === undefined) return;
  throw new Fault('CONFIG_EXISTS', `Cannot write "${existing}": it is there already`, {
    where: { file: existing },
    hint: 'See what it does with `polyarch plan`; `polyarch init --stdout` shows a proposal without writing',
  });
}
