const hooks = new Set<() => void>();

/**
 * Runs a synchronous clean-up when this process exits, the last registered first; a hook that throws does not stop the others.
 *
 * @returns a function that takes the hook out again.
 */
export function onExit(hook: () => void): () => void {
  if (hooks.size === 0) process.on('exit', runExitHooks);
  hooks.add(hook);
  return () => {
    hooks.delete(hook);
    if (hooks.size === 0) process.off('exit', runExitHooks);
  };
}

function runExitHooks(): void {
  for (const hook of [...hooks].reverse()) {
    try {
      hook();
    } catch {
      // The process is ending: the remaining hooks matter more than telling about this one.
    }
  }
}
