import type { Pipeline } from './pipeline.ts';

/** Where the jobs keep what they hand over. Below `.polyarch`, which no build context holds. */
export const handoverFolder = '.polyarch/ci';
/** The plan, as one job writes it and the others read it. */
export const planFile = `${handoverFolder}/plan.json`;
/** The records of the cells. */
export const partsFolder = `${handoverFolder}/parts`;

/** What differs between the dialects of the services: how each writes a variable in a command. */
export interface CommandWords {
  /** `$POLYARCH`, quoted as need be: what `npx` runs. */
  readonly program: string;
  /** The id of the cell. */
  readonly cell: string;
}

/** `npx` and the pinned program. */
export function launch({ program }: Pick<CommandWords, 'program'>): string {
  return `npx --yes ${program}`;
}

/** Plans; `extra` is what the event decides: `--push`, or the platforms of a pull request; empty where it decides nothing. */
export function planCommand({ folder }: Pipeline, words: CommandWords, extra: string): string {
  return `${launch(words)} plan ${shellWord(folder)}${extra === '' ? '' : ` ${extra}`} --out ${planFile} --parts ${partsFolder} --matrix`;
}

/** A word of a POSIX shell, in double quotes where it has to be: single ones end the texts of Jenkins. */
function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `"${text.replaceAll(/["$`\\]/g, '\\$&')}"`;
}

/** Builds one cell. */
export function buildCommand(words: CommandWords): string {
  return `${launch(words)} build --from ${planFile} --cell ${words.cell} --parts ${partsFolder}`;
}

/** Merges, proves and publishes. */
export function publishCommand(words: CommandWords): string {
  return `${launch(words)} publish --from ${planFile} ${partsFolder}`;
}

/** Tells what became of it all. */
export function reportCommand(
  words: CommandWords,
  { comment, description }: { readonly comment: boolean; readonly description: boolean },
): string {
  const flags = [comment ? ' --comment' : '', description ? ' --description' : ''].join('');
  return `${launch(words)} report --from ${planFile} ${partsFolder}${flags}`;
}
