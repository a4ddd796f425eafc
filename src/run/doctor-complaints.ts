import type { Fault } from '../errors/fault.ts';
import type { BuilderFacts, NodeFacts } from '../plan/builder-facts.ts';
import type { Problem } from '../plan/outcome.ts';
import type { Complaint, DoctorBuilder, DoctorReport } from '../report/doctor-report.ts';
import { formatBytes } from '../report/format-bytes.ts';

const leastFreeBytes = 2_000_000_000;
/** Tokens and signatures of registries are refused where clocks differ by more. */
const mostSkewMs = 60_000;
const oldestNode = [20, 18] as const;

/** What is wrong with what was found; what stands in the way of a build is an error. */
export function complaintsOf(
  report: Omit<DoctorReport, 'complaints'>,
  dockerFault: Fault | undefined,
): readonly Complaint[] {
  const needsBuildkit = report.need !== undefined;
  return [
    ...nodeComplaints(report.node),
    ...(dockerFault === undefined
      ? []
      : [{ level: needsBuildkit ? 'error' : 'warning', ...told(dockerFault) } as const]),
    ...builderComplaints(report.builders, needsBuildkit && dockerFault === undefined),
    ...emulatorComplaints(report),
    ...report.repositories.flatMap(({ repository, login }) => (login === undefined ? [noLogin(repository)] : [])),
  ];
}

function told({ message, hint, code }: Pick<Fault | Problem, 'message' | 'hint' | 'code'>) {
  return { message, hint, code };
}

function nodeComplaints(version: string): readonly Complaint[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return [];
  return [
    {
      level: 'error',
      message: `Node is ${version}, expected at least ${oldestNode.join('.')}`,
      hint: 'Install a newer Node',
    },
  ];
}

/** Of the builders that a run may use each must be whole where something has to be run; the others may be anything. */
function builderComplaints(builders: readonly DoctorBuilder[], needsBuildkit: boolean): readonly Complaint[] {
  const used = builders.filter(({ isUsed }) => isUsed);
  const canBuild = used.some(({ state }) => state === 'ready' || state === 'missing');
  return [
    ...used.flatMap((builder) => problemsOf(builder).map((problem) => complaint(problem, needsBuildkit))),
    ...builders
      .filter(({ isUsed }) => !isUsed)
      .flatMap((builder) => problemsOf(builder).map((problem) => complaint(problem, false))),
    ...used.flatMap((builder) => builder.nodes.flatMap((node) => nodeStateComplaints(builder, node))),
    ...(needsBuildkit && !canBuild && used.length === 0 ? [noBuilder] : []),
  ];
}

const noBuilder: Complaint = {
  level: 'error',
  message: 'There is no builder, and the project needs one',
  hint: 'docker buildx create --driver docker-container --use makes one',
};

function problemsOf({ problem, nodes }: BuilderFacts): readonly Problem[] {
  if (problem !== undefined) return [problem];
  return nodes.flatMap((node) => node.problem ?? []);
}

function complaint(problem: Problem, isError: boolean): Complaint {
  return { level: isError ? 'error' : 'warning', ...told(problem) };
}

function nodeStateComplaints({ name }: BuilderFacts, { freeBytes, clockSkewMs = 0 }: NodeFacts): readonly Complaint[] {
  const complaints: Complaint[] = [];
  if (freeBytes !== undefined && freeBytes < leastFreeBytes)
    complaints.push({
      level: 'warning',
      message: `The disk of the builder "${name}" has ${formatBytes(freeBytes)} left`,
      hint: `docker buildx prune --builder ${name} frees its cache`,
    });
  if (Math.abs(clockSkewMs) > mostSkewMs)
    complaints.push({
      level: 'warning',
      message: `The clock of the builder "${name}" is ${Math.round(Math.abs(clockSkewMs) / 1000)} s ${clockSkewMs > 0 ? 'ahead' : 'behind'}`,
      hint: 'Registries refuse tokens and signatures of another time: let NTP set the clock there',
    });
  return complaints;
}

function emulatorComplaints({ emulators, need }: Pick<DoctorReport, 'emulators' | 'need'>): readonly Complaint[] {
  if (need === undefined) return [];
  return emulators
    .filter(({ isEnabled, isFixed }) => !isEnabled || !isFixed)
    .map(({ name, isEnabled }) => ({
      level: 'warning',
      message: isEnabled
        ? `The emulator ${name} is registered without the flag F: containers do not find it ("exec format error")`
        : `The emulator ${name} is switched off`,
      hint: 'docker run --privileged --rm tonistiigi/binfmt --install all registers them as BuildKit needs them',
    }));
}

function noLogin(repository: string): Complaint {
  const [registry = ''] = repository.split('/');
  return {
    level: 'warning',
    message: `There is no login for ${repository}: a push may be refused`,
    hint: `docker login ${registry}`,
  };
}
