import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the stand-in says when its arguments fit; the first answer that fits counts. */
export interface DockerAnswer {
  /** A regular expression over the arguments, joined by blanks. */
  readonly to: string;
  readonly out?: string;
  readonly err?: string;
  /** Default: 0. */
  readonly exit?: number;
  /** Only after a run with arguments that fit this. */
  readonly after?: string;
}

export interface AnsweringDocker {
  /** A PATH on which it is the only docker. */
  readonly path: string;
  answer(...answers: readonly DockerAnswer[]): void;
  /** The arguments of each run, joined by blanks. */
  calls(): readonly string[];
  remove(): void;
}

const program = `
const { appendFileSync, existsSync, readFileSync, writeSync } = require('node:fs');
const folder = __dirname;
const args = process.argv.slice(2).join(' ');
const log = folder + '/calls';
const former = existsSync(log) ? readFileSync(log, 'utf8').split('\\n') : [];
appendFileSync(log, args + '\\n');
const answers = JSON.parse(readFileSync(folder + '/answers.json', 'utf8'));
const fits = ({ to, after }) =>
  new RegExp(to).test(args) && (after === undefined || former.some((call) => new RegExp(after).test(call)));
const { out = '', err = '', exit = 0 } = answers.find(fits) ?? { err: 'no answer to: ' + args, exit: 97 };
writeSync(1, out);
writeSync(2, err);
process.exit(exit);
`;

/** A program `docker` that gives answers by its arguments, so that many of it may run at once. */
export function answeringDocker(): AnsweringDocker {
  const folder = mkdtempSync(join(tmpdir(), 'polyarch-docker-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'package.json'), '{"type":"commonjs"}');
  writeFileSync(join(bin, 'docker'), `#!${process.execPath}\n${program}`);
  chmodSync(join(bin, 'docker'), 0o755);
  const log = join(bin, 'calls');
  return {
    path: bin,
    answer: (...answers) => {
      rmSync(log, { force: true });
      writeFileSync(join(bin, 'answers.json'), JSON.stringify(answers));
    },
    calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
