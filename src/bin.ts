#!/usr/bin/env node
import { main } from './cli/main.ts';

for (const stream of [process.stdout, process.stderr]) {
  // A reader that went away (`| head`) is no fault of this program.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

process.exitCode = await main(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr });
