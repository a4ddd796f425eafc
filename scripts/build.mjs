// Compiles src/ to dist/, and bundles the program into dist/program/: loading 200 modules would take longer than a
// rebuild does. Runs as `prepare`, so that `npm ci` leaves a program that works. The old dist/ stays in place until the
// new one is whole.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = `${root}node_modules/@typescript/native/bin/tsc`;
if (!existsSync(compiler)) {
  // A package installed from the registry carries dist/ and no compiler.
  process.exit(existsSync(`${root}dist/bin.js`) ? 0 : 1);
}
const folder = mkdtempSync(`${root}dist-`);
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', `${folder}/new`], {
  cwd: root,
  stdio: 'inherit',
});
if (status === 0) {
  await bundleProgram(`${folder}/new`);
  chmodSync(`${folder}/new/bin.js`, 0o755);
  if (existsSync(`${root}dist`)) renameSync(`${root}dist`, `${folder}/old`);
  renameSync(`${folder}/new`, `${root}dist`);
}
rmSync(folder, { recursive: true, force: true });
process.exit(status ?? 1);

/**
 * One file for what nearly every command needs, one for each part that is loaded when it is first needed. Left to itself
 * the bundler makes a file for every set of modules that is shared by the same parts: a hundred, and each costs as much
 * as 30 kB of program.
 */
async function bundleProgram(dist) {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: dist,
    entryPoints: ['bin.js', 'archive/compression-worker.js'],
    outdir: 'program',
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.18',
    packages: 'external',
    logLevel: 'warning',
    plugins: [keepTogether(dist)],
  });
  writeFileSync(`${dist}/bin.js`, "#!/usr/bin/env node\nimport './program/bin.js';\n");
}

/** What is needed by every part belongs to one file: so every part but the descriptions of commands is made to need all of these. */
function keepTogether(dist) {
  const shared = ['run/publish.js', 'publish/preflight.js', 'report/render-terminal.js'];
  return {
    name: 'keep-together',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\./ }, ({ kind, resolveDir, path }) => {
        const isPart = kind === 'dynamic-import' && !resolve(resolveDir, path).startsWith(`${dist}/cli/`);
        return isPart ? { path: resolve(resolveDir, path), namespace: 'part' } : undefined;
      });
      onResolve({ filter: /^polyarch-shared$/ }, () => ({ path: 'shared', namespace: 'shared' }));
      onLoad({ filter: /./, namespace: 'part' }, ({ path }) => ({
        contents: `import 'polyarch-shared';\nexport * from ${JSON.stringify(path)};`,
        resolveDir: dist,
      }));
      onLoad({ filter: /./, namespace: 'shared' }, () => ({
        contents: shared.map((file) => `import './${file}';`).join('\n'),
        resolveDir: dist,
      }));
    },
  };
}
