// Makes the contexts that the benchmarks build: the same bytes on every machine.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Numbers that look random and are the same on every machine (xorshift32). */
function createNumbers(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Bytes that no compressor makes smaller. */
export function incompressible(sizeBytes, seed = 1) {
  const next = createNumbers(seed);
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  for (let at = 0; at < words.length; at++) words[at] = next();
  return Buffer.from(words.buffer, 0, sizeBytes);
}

/** About 139 MB below `app/`: 4,000 files of source-like text and one incompressible file of 60 MB. */
export function makeContext(folder) {
  const app = join(folder, 'app');
  if (existsSync(join(folder, 'made'))) return folder;
  const next = createNumbers(7);
  const words = Array.from({ length: 4096 }, () => next().toString(36));
  for (let file = 0; file < 4000; file++) {
    const place = join(app, `d${file % 40}`, `s${file % 7}`);
    mkdirSync(place, { recursive: true });
    let text = '';
    while (text.length < 19_700) text += `${words[next() % 4096]} = ${words[next() % 4096]}(${next() % 1000});\n`;
    writeFileSync(join(place, `file${file}.ts`), text);
  }
  writeFileSync(join(app, 'model.bin'), incompressible(60_000_000));
  writeFileSync(join(folder, 'Dockerfile'), 'ARG BASE=scratch\nFROM ${BASE}\nCOPY app /app\n');
  writeFileSync(join(folder, 'made'), '');
  return folder;
}

/** 2 GB of incompressible files, 64 MB each, below `app/`. */
export function makeLargeContext(folder) {
  if (existsSync(join(folder, 'made'))) return folder;
  mkdirSync(join(folder, 'app'), { recursive: true });
  for (let file = 0; file < 32; file++)
    writeFileSync(join(folder, 'app', `part${file}`), incompressible(64_000_000, file + 1));
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY app /app\n');
  writeFileSync(join(folder, 'made'), '');
  return folder;
}
