import type { Summary } from './summary.ts';

/**
 * Every index that a repository has now, as `sha256sum` writes its lines: what attestations are made about. A digest in
 * several repositories has a line each.
 */
export function renderSubjects({ releases }: Summary): string {
  const lines = releases.flatMap(({ digest, destinations }) =>
    digest === undefined
      ? []
      : destinations
          .filter(({ kind, state }) => kind === 'repository' && (state === 'written' || state === 'unchanged'))
          .map(({ name }) => `${digest.replace(/^sha256:/, '')}  ${name}`),
  );
  return lines.join('\n');
}
