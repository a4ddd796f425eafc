import type { NodeFacts } from '../plan/builder-facts.ts';
import type { Complaint, DoctorBuilder, DoctorReport } from './doctor-report.ts';
import { formatBytes } from './format-bytes.ts';
import { formatCount } from './format-count.ts';
import { formatDuration } from './format-duration.ts';
import type { Palette } from './palette.ts';
import { printable } from './text-width.ts';

/** One screen: what builds here, on what, and what is wrong with it, each problem with its cure. */
export function renderDoctor(report: DoctorReport, palette: Palette): string {
  const blocks = [
    programLines(report, palette),
    report.builders.flatMap((builder) => builderLines(builder, palette)),
    [...emulatorLines(report, palette), ...repositoryLines(report, palette)],
    report.complaints.flatMap((complaint) => complaintLines(complaint, palette)),
    [verdict(report, palette)],
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function programLines({ node, docker, buildx, contexts, need }: DoctorReport, palette: Palette): readonly string[] {
  const none = palette.warning('none');
  const places = contexts.map(
    ({ name, endpoint, isCurrent }) => `${name}${isCurrent ? '*' : ''} ${palette.quiet(endpoint)}`,
  );
  return [
    line('node', node, palette),
    line('docker', docker ?? none, palette),
    line('buildx', buildx ?? none, palette),
    ...(places.length === 0 ? [] : [line('contexts', places.join(', '), palette)]),
    line('engine', need === undefined ? 'embedded: nothing has to be run' : `BuildKit: ${need}`, palette),
  ];
}

function builderLines(builder: DoctorBuilder, palette: Palette): readonly string[] {
  const { name, driver, state, slots, isUsed, nodes } = builder;
  const paint = state === 'ready' ? palette.good : state === 'missing' ? palette.name : palette.bad;
  const shownState = state === 'missing' ? 'will be made' : state;
  const use = isUsed ? ` · ${formatCount(slots, 'slot')}` : palette.quiet(' · not used here');
  return [
    `${palette.title(name)}  ${driver} · ${paint(shownState)}${use}`,
    ...nodes.flatMap((node) => nodeLines(node, palette)),
  ];
}

function nodeLines(node: NodeFacts, palette: Palette): readonly string[] {
  if (node.state !== 'ready') return [`  ${node.name}  ${palette.bad('unreachable')} ${palette.quiet(node.endpoint)}`];
  const facts = [
    node.version === undefined ? '' : `BuildKit ${node.version}`,
    node.canPushByDigest ? 'pushes by digest' : 'cannot push by digest: parts are pushed from here',
    node.freeBytes === undefined ? '' : `${formatBytes(node.freeBytes)} free`,
    node.clockSkewMs === undefined || node.clockSkewMs === 0 ? '' : `clock ${skew(node.clockSkewMs)}`,
  ];
  return [
    `  ${node.name}  ${palette.quiet([node.endpoint, ...facts].filter((fact) => fact !== '').join(' · '))}`,
    `    native    ${node.native.length === 0 ? palette.warning('not known') : palette.good(node.native.join(' '))}`,
    ...(node.emulated.length === 0 ? [] : [`    emulated  ${palette.warning(node.emulated.join(' '))}`]),
  ];
}

function skew(ms: number): string {
  return `${formatDuration(Math.abs(ms))} ${ms > 0 ? 'ahead' : 'behind'}`;
}

function emulatorLines({ emulators }: DoctorReport, palette: Palette): readonly string[] {
  if (emulators.length === 0) return [];
  const shown = emulators.map(({ architecture, isEnabled, isFixed }) =>
    isEnabled && isFixed ? architecture : palette.warning(`${architecture} (${isEnabled ? 'no F flag' : 'disabled'})`),
  );
  return [line('qemu', shown.join(' '), palette)];
}

function repositoryLines({ repositories }: DoctorReport, palette: Palette): readonly string[] {
  return repositories.map(({ repository, login }) =>
    line(
      'push to',
      `${repository} ${login === undefined ? palette.warning('no login') : palette.quiet(login)}`,
      palette,
    ),
  );
}

function complaintLines({ level, message, hint, code }: Complaint, palette: Palette): readonly string[] {
  const paint = level === 'error' ? palette.bad : palette.warning;
  return [
    `${paint(level)}: ${printable(message)}${code === undefined ? '' : palette.quiet(` (${code})`)}`,
    `  ${palette.name('hint')}: ${printable(hint)}`,
  ];
}

function verdict({ complaints }: DoctorReport, palette: Palette): string {
  const errors = complaints.filter(({ level }) => level === 'error').length;
  if (errors > 0) return palette.bad(`${formatCount(errors, 'problem')} to solve before this project can be built`);
  const warnings = complaints.length;
  return palette.good(warnings === 0 ? 'All is well' : `Nothing stands in the way of a build`);
}

function line(title: string, text: string, palette: Palette): string {
  return `${palette.quiet(title.padEnd(9))} ${text}`;
}
