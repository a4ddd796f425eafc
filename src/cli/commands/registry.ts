import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
export function describeRegistry(_command: Command, _context: CliContext): void {}
