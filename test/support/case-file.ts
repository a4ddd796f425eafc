import { chmodSync, lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A build case in one text file, so that adding a case adds a file and no code:
 *
 *     # what it shows
 *     args: --platform linux/arm64 --build-arg NAME=value
 *     -- Dockerfile
 *     FROM scratch
 *     COPY . /
 *     -- run.sh 0755
 *     #!/bin/sh
 *     -- empty/ 0700
 *     -- link -> run.sh
 *
 * A heading is `-- PATH[ MODE]`, `-- PATH/[ MODE]` for a folder, or `-- PATH -> TARGET` for a symbolic link.
 * `${case}` in `args` is the folder that the case was laid out in.
 */
export interface CaseFile {
  readonly about: string;
  readonly args: readonly string[];
  readonly entries: readonly CaseEntry[];
}

export type CaseEntry =
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly text: string }
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

const usualTime = new Date('2024-05-06T07:08:09Z');

export function parseCaseFile(text: string): CaseFile {
  const [head = '', ...sections] = `\n${text}`.split(/\n-- /);
  const about = [...head.matchAll(/^#\s?(.*)$/gm)].map((match) => match[1] ?? '').join(' ');
  const args = [...head.matchAll(/^args:\s*(.*)$/gm)].flatMap((match) => (match[1] ?? '').split(/\s+/).filter(Boolean));
  return { about, args, entries: sections.map(parseSection) };
}

function parseSection(section: string): CaseEntry {
  const end = section.indexOf('\n');
  const heading = (end < 0 ? section : section.slice(0, end)).trim();
  const text = end < 0 ? '' : section.slice(end + 1);
  const link = /^(.*) -> (.*)$/.exec(heading);
  if (link !== null) return { kind: 'link', path: link[1] ?? '', target: link[2] ?? '' };
  const [, path = '', mode] = /^(.*?)(?: (0[0-7]+))?$/.exec(heading) ?? [];
  if (path.endsWith('/')) return { kind: 'folder', path: path.slice(0, -1), mode: Number.parseInt(mode ?? '0755', 8) };
  return {
    kind: 'file',
    path,
    mode: Number.parseInt(mode ?? '0644', 8),
    text: text === '' || text.endsWith('\n') ? text : `${text}\n`,
  };
}

/** Lays a case out below a folder; every modification time is the same. */
export function layOutCase({ entries }: CaseFile, folder: string): void {
  for (const entry of entries) {
    const place = join(folder, entry.path);
    mkdirSync(dirname(place), { recursive: true });
    if (entry.kind === 'folder') mkdirSync(place, { recursive: true });
    if (entry.kind === 'file') writeFileSync(place, entry.text);
    if (entry.kind === 'link') symlinkSync(entry.target, place);
  }
  for (const entry of entries.toReversed()) {
    const place = join(folder, entry.path);
    if (entry.kind === 'link') lutimesSync(place, usualTime, usualTime);
    else {
      utimesSync(place, usualTime, usualTime);
      chmodSync(place, entry.mode);
    }
  }
}
