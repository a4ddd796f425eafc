#!/usr/bin/env node
import { main } from './cli/main.ts';
import { runToEnd } from './host/run-to-end.ts';

for (const stream of [process.stdout, process.stderr]) {
  // A reader that went away (`| head`) is no fault of this program, and no reason to leave a build half done.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const { stdout, stderr } = process;
runToEnd(process, () => main(process.argv.slice(2), { stdout, stderr, openStdin: () => process.stdin }));
