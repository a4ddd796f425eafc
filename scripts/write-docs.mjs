// Writes docs/commands.md and docs/errors.md out of the compiled program; run it after `npm run build`.
import { writeFileSync } from 'node:fs';
import { allCommands } from '../dist/cli/all-commands.js';
import { main } from '../dist/cli/main.js';
import { exitCodes } from '../dist/errors/code.js';
import { codes } from '../dist/errors/codes.js';
import { renderCommands, renderErrors } from './docs-pages.mjs';

writeFileSync(new URL('../docs/commands.md', import.meta.url), await renderCommands(main, allCommands));
writeFileSync(new URL('../docs/errors.md', import.meta.url), renderErrors(codes, exitCodes));
