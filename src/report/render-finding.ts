import type { Finding } from '../verify/finding.ts';
import type { Palette } from './palette.ts';
import { printable } from './text-width.ts';

/** The lines of a finding: level and rule, what was found, and what can be done. */
export function renderFinding(finding: Finding, palette: Palette): readonly string[] {
  const paint = finding.level === 'error' ? palette.bad : palette.warning;
  const place = [finding.platform, finding.layer === undefined ? undefined : `layer ${shortDigest(finding.layer)}`]
    .filter((part) => part !== undefined)
    .map((part) => ` ${palette.quiet(part)}`)
    .join('');
  return [
    `${paint(finding.level)} ${palette.name(finding.rule)}${place}`,
    `  ${printable(finding.message)}`,
    ...(finding.hint === undefined ? [] : [`  ${palette.quiet(`hint: ${printable(finding.hint)}`)}`]),
  ];
}

/** `sha256:` and the first 12 digits, enough to find it again. */
export function shortDigest(digest: string): string {
  const colon = digest.indexOf(':');
  return digest.slice(0, colon + 13);
}
