import type { CliContext } from './context.ts';
export interface Progress {
  readonly stop: () => void;
}
export function startProgress(context: CliContext, _options: { readonly mode: string }): Progress {
  context.showEvents((event) => {
    if (event.kind === 'task-ended') context.stderr.write(`${JSON.stringify(event)}\n`);
  });
  return { stop: () => undefined };
}
