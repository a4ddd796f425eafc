import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Fault } from '../../errors/fault.ts';
import { formatCount } from '../../report/format-count.ts';
import type { ProgressChoice } from '../../report/progress-view.ts';
import type { MergedImage, MergeRequest } from '../../run/merge.ts';
import { collect } from '../build-flags.ts';
import { addCommonFlags, addProgressFlag } from '../command-flags.ts';
import { type CliContext, writeResult } from '../context.ts';
import { startProgress } from '../start-progress.ts';

const examples = `
Examples:
  polyarch merge acme/app@sha256:1111… acme/app@sha256:2222… -t acme/app:1.2 -t acme/app:latest
  polyarch merge sha256:1111… sha256:2222… -t ghcr.io/acme/app:1.2      # digests in the repository of the first tag
  polyarch merge oci:parts/amd64 oci:parts/arm64 -t ghcr.io/acme/app:1  # from layouts
  polyarch merge --append acme/app:riscv64 -t acme/app:1.2              # one more platform
  polyarch merge -f digests.txt -t ghcr.io/acme/app:1.2 --dry-run       # the index as it would be
`;

interface MergeFlags {
  readonly tag: readonly string[];
  readonly file: readonly string[];
  readonly annotation: readonly string[];
  readonly append?: boolean;
  readonly dryRun?: boolean;
  readonly plan?: boolean;
  readonly json?: boolean;
  readonly progress: ProgressChoice;
}

/** `polyarch merge` */
export function describeMerge(command: Command, context: CliContext): void {
  addProgressFlag(addCommonFlags(command))
    .argument('[reference...]', 'Parts: references, digests in the first repository, oci:DIR[:REF], archives')
    .option('-t, --tag <reference>', 'Where the index goes; may be given again, in several registries', collect, [])
    .option('-f, --file <file>', 'Read parts from a file, one a line, - for stdin', collect, [])
    .option('--annotation <key=value>', 'Of the index; manifest-descriptor[PLATFORM]:KEY of an entry', collect, [])
    .option('--append', 'Add to what the first tag points at; a platform that is there is replaced')
    .option('--dry-run', 'Write the index as it would be, and stop')
    .option('--plan', 'The same as --dry-run')
    .addHelpText('after', examples)
    .action((references: readonly string[], flags: MergeFlags) => act(references, flags, context));
}

async function act(references: readonly string[], flags: MergeFlags, context: CliContext): Promise<void> {
  const request = await requestOf(references, flags, context);
  const { merge } = await import('../../run/merge.ts');
  const progress = startProgress(context, { mode: flags.json === true ? 'quiet' : flags.progress });
  try {
    const merged = await merge(request, context.host);
    progress.stop();
    if (flags.json === true) writeResult(context, JSON.stringify(jsonOf(merged), null, 2));
    else if (request.isDryRun) writeResult(context, JSON.stringify(merged.index, null, 2));
    else writeResult(context, describe(merged));
  } finally {
    progress.stop();
  }
}

async function requestOf(references: readonly string[], flags: MergeFlags, context: CliContext): Promise<MergeRequest> {
  const files = await Promise.all(flags.file.map((file) => readParts(file, context)));
  const sources = [...references, ...files.flat()];
  if (sources.length === 0) throw misuse('no part is named, expected at least one');
  if (flags.tag.length === 0) throw misuse('-t REFERENCE is missing, expected where the index goes');
  return {
    sources,
    tags: flags.tag,
    annotations: Object.fromEntries(flags.annotation.map(parseAnnotation)),
    append: flags.append === true,
    isDryRun: flags.dryRun === true || flags.plan === true,
  };
}

/** One part a line; what follows `#` at the start of a line is a comment. A JSON descriptor stands for its digest. */
async function readParts(file: string, { host }: CliContext): Promise<readonly string[]> {
  const lines = (await readText(file, host.workingDirectory)).split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map(partOf);
}

async function readText(file: string, folder: string): Promise<string> {
  try {
    return await readFile(file === '-' ? '/dev/stdin' : resolve(folder, file), 'utf8');
  } catch (cause) {
    throw new Fault('USAGE', `Cannot read the parts in "${file}"`, { cause, where: { file } });
  }
}

function partOf(line: string): string {
  const digest = /"digest"\s*:\s*"([a-z0-9]+:[0-9a-f]+)"/.exec(line)?.[1];
  return line.startsWith('{') && digest !== undefined ? digest : line;
}

function parseAnnotation(text: string): readonly [string, string] {
  const sign = text.indexOf('=');
  const key = text.slice(0, Math.max(0, sign));
  if (key === '') throw misuse(`--annotation is "${text}", expected KEY=VALUE`);
  if (/^manifest(?:\[[^\]]*\])?[,:]/.test(key))
    throw misuse(`--annotation "${key}" is one of a manifest, which a merge leaves as it is`);
  return [key, text.slice(sign + 1)];
}

function misuse(reason: string): Fault {
  return new Fault('USAGE', `Cannot run \`polyarch merge\`: ${reason}`, { hint: 'See `polyarch help merge`' });
}

function jsonOf({ descriptor, platforms, tags, index }: MergedImage) {
  const { mediaType, digest, size } = descriptor;
  return { mediaType, digest, size, platforms, tags, index };
}

function describe({ descriptor, platforms, tags, index }: MergedImage): string {
  const others = index.manifests.length - platforms.length;
  const attested = others === 0 ? '' : ` and ${formatCount(others, 'attestation')}`;
  const moves = tags.map(
    ({ name, state, from }) => `  ${name} ${state}${state === 'moved' ? ` from ${from ?? ''}` : ''}`,
  );
  return [descriptor.digest, `  ${platforms.join(', ')}${attested}`, ...moves].join('\n');
}
