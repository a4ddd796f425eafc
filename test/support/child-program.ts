import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '../..');

/** A TypeScript program of the tests, made ready to be run by this Node in processes of its own. */
export interface ChildProgram {
  /** Starts it; what it prints comes by the child's streams. */
  start(args: readonly string[]): ChildProcess;
  /** Runs it to its end and gives what it printed; rejects where it exits with anything but 0. */
  run(args: readonly string[]): Promise<string>;
  /** The command line, for a shell to run under limits. */
  readonly command: readonly string[];
  remove(): void;
}

/** Compiles a program, and the sources it imports, into a temporary folder. `file` counts from the folder of the project. */
export function compileProgram(file: string): ChildProgram {
  const folder = mkdtempSync(join(tmpdir(), 'polyarch-program-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const compiled = new Set<string>();
  function compile(source: string): void {
    if (compiled.has(source)) return;
    compiled.add(source);
    const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    const target = join(folder, relative(root, source)).replace(/\.ts$/, '.js');
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
    for (const [, name = ''] of outputText.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.js['"]/g)) {
      compile(`${resolve(dirname(source), name)}.ts`);
    }
  }
  compile(join(root, file));
  const command = [process.execPath, join(folder, file).replace(/\.ts$/, '.js')];
  const [program = '', ...first] = command;
  return {
    command,
    start: (args) => spawn(program, [...first, ...args], { stdio: ['pipe', 'pipe', 'inherit'] }),
    run: (args) => printed(spawn(program, [...first, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function printed(child: ChildProcess): Promise<string> {
  return new Promise((resolvePrinted, reject) => {
    let text = '';
    let complaints = '';
    child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolvePrinted(text);
      else reject(new Error(`the program ended with ${signal ?? code}: ${complaints}`));
    });
  });
}
