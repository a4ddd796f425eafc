import { exposedPorts } from '../../dockerfile/exposed-ports.ts';
import type {
  ArgInstruction,
  CmdInstruction,
  CommandLine,
  EntrypointInstruction,
  EnvInstruction,
  ExposeInstruction,
  HealthcheckInstruction,
  KeyValue,
  LabelInstruction,
  MaintainerInstruction,
  OnbuildInstruction,
  ShellInstruction,
  StageInstruction,
  StopsignalInstruction,
  UserInstruction,
  VolumeInstruction,
} from '../../dockerfile/instruction.ts';
import type { StageScope } from '../../dockerfile/stage-scope.ts';
import { isStopSignal } from '../../dockerfile/stop-signal.ts';
import { Fault } from '../../errors/fault.ts';
import { unreachable } from '../../errors/invariant.ts';
import type { Healthcheck } from '../../oci/image-config.ts';
import { goDuration, goQuoteList, goQuoteRune } from './go-format.ts';
import { type ImageState, withConfig, withHistory } from './image-state.ts';

/** The instructions that change nothing but the config and the history. */
export type ConfigInstruction = Exclude<StageInstruction, { readonly name: 'RUN' | 'COPY' | 'ADD' | 'WORKDIR' }>;

/**
 * What an instruction makes of the image's config, as BuildKit writes it into config and history.
 * @param instruction Its words expanded, by `expandInstruction`.
 * @param scope The variables of the stage; ENV and ARG write to it.
 * @throws {Fault} INSTRUCTION_UNUSABLE, DOCKERFILE_EXPANSION, DOCKERFILE_SYNTAX
 */
export function applyConfig(state: ImageState, instruction: ConfigInstruction, scope: StageScope): ImageState {
  switch (instruction.name) {
    case 'ENV':
      return applyEnv(state, instruction, scope);
    case 'ARG':
      return applyArg(state, instruction, scope);
    case 'EXPOSE':
      return applyExpose(state, instruction, scope);
    case 'LABEL':
      return applyLabel(state, instruction);
    case 'USER':
      return applyUser(state, instruction);
    case 'VOLUME':
      return applyVolume(state, instruction);
    case 'STOPSIGNAL':
      return applyStopsignal(state, instruction);
    case 'CMD':
      return applyCmd(state, instruction);
    case 'ENTRYPOINT':
      return applyEntrypoint(state, instruction);
    case 'SHELL':
      return applyShell(state, instruction);
    case 'HEALTHCHECK':
      return applyHealthcheck(state, instruction);
    case 'ONBUILD':
      return applyOnbuild(state, instruction);
    case 'MAINTAINER':
      return applyMaintainer(state, instruction);
    default:
      return unreachable(instruction);
  }
}

function applyEnv(state: ImageState, { pairs }: EnvInstruction, scope: StageScope): ImageState {
  for (const { key, value } of pairs) scope.setEnvironment(key, value);
  return withHistory(withConfig(state, { Env: scope.imageEnvironment() }), `ENV ${formatPairs(pairs)}`);
}

function applyArg(state: ImageState, instruction: ArgInstruction, scope: StageScope): ImageState {
  const settled = scope.declare(instruction);
  return withHistory(
    state,
    `ARG ${settled.map(({ key, value }) => (value === undefined ? key : `${key}=${value}`)).join(' ')}`,
  );
}

function applyExpose(state: ImageState, instruction: ExposeInstruction, scope: StageScope): ImageState {
  const ports = exposedPorts(instruction, scope);
  const ExposedPorts = { ...state.config.ExposedPorts, ...Object.fromEntries(ports.map((port) => [port, {}])) };
  return withHistory(withConfig(state, { ExposedPorts }), `EXPOSE [${ports.join(' ')}]`);
}

function applyLabel(state: ImageState, { pairs }: LabelInstruction): ImageState {
  const Labels = { ...state.config.Labels, ...Object.fromEntries(pairs.map(({ key, value }) => [key, value])) };
  return withHistory(withConfig(state, { Labels }), `LABEL ${formatPairs(pairs)}`);
}

function formatPairs(pairs: readonly KeyValue[]): string {
  return pairs.map(({ key, value }) => `${key}=${value}`).join(' ');
}

function applyUser(state: ImageState, { user }: UserInstruction): ImageState {
  return withHistory(withConfig(state, { User: user }), `USER ${user}`);
}

function applyVolume(state: ImageState, { volumes }: VolumeInstruction): ImageState {
  if (volumes.includes('')) {
    throw new Fault('INSTRUCTION_UNUSABLE', 'Cannot add a volume: its path is empty, expected a path in the image');
  }
  const Volumes = { ...state.config.Volumes, ...Object.fromEntries(volumes.map((volume) => [volume, {}])) };
  return withHistory(withConfig(state, { Volumes }), `VOLUME [${volumes.join(' ')}]`);
}

function applyStopsignal(state: ImageState, { signal }: StopsignalInstruction): ImageState {
  if (!isStopSignal(signal)) {
    const expected = 'expected a name such as SIGTERM or a number';
    throw new Fault('INSTRUCTION_UNUSABLE', `Cannot stop the image with "${signal}": it is no signal, ${expected}`);
  }
  return withHistory(withConfig(state, { StopSignal: signal }), `STOPSIGNAL ${signal}`);
}

function applyCmd(state: ImageState, { command }: CmdInstruction): ImageState {
  const Cmd = wholeCommand(state, command);
  const next = withConfig(state, { Cmd, ArgsEscaped: true });
  return withHistory({ ...next, hasOwnCmd: true }, `CMD ${goQuoteList(Cmd)}`);
}

function applyEntrypoint(state: ImageState, { command }: EntrypointInstruction): ImageState {
  const Entrypoint = wholeCommand(state, command);
  const { Cmd, ...rest } = state.config;
  const kept = state.hasOwnCmd && Cmd !== undefined ? { Cmd } : {};
  return withHistory({ ...state, config: { ...rest, ...kept, Entrypoint } }, `ENTRYPOINT ${goQuoteList(Entrypoint)}`);
}

/** The command with the shell in effect where it was not written as an array. */
function wholeCommand({ config, platform }: ImageState, { form, words }: CommandLine): readonly string[] {
  if (form === 'exec') return words;
  const usual = platform.os === 'windows' ? ['cmd', '/S', '/C'] : ['/bin/sh', '-c'];
  const shell = config.Shell === undefined || config.Shell.length === 0 ? usual : config.Shell;
  return [...shell, words.join(' ')];
}

function applyShell(state: ImageState, { words }: ShellInstruction): ImageState {
  return withHistory(withConfig(state, { Shell: words }), `SHELL [${words.join(' ')}]`);
}

function applyHealthcheck(state: ImageState, { check }: HealthcheckInstruction): ImageState {
  const { test, intervalNs, timeoutNs, startPeriodNs, startIntervalNs, retries } = check;
  const durations = [intervalNs, timeoutNs, startPeriodNs, startIntervalNs];
  const shown = durations.map((ns) => `"${goDuration(ns ?? 0)}"`).join(' ');
  const Healthcheck: Healthcheck = {
    Test: test,
    ...(isSet(intervalNs) ? { Interval: intervalNs } : {}),
    ...(isSet(timeoutNs) ? { Timeout: timeoutNs } : {}),
    ...(isSet(startPeriodNs) ? { StartPeriod: startPeriodNs } : {}),
    ...(isSet(startIntervalNs) ? { StartInterval: startIntervalNs } : {}),
    ...(isSet(retries) ? { Retries: retries } : {}),
  };
  const text = `HEALTHCHECK &{${goQuoteList(test)} ${shown} ${goQuoteRune(retries ?? 0)}}`;
  return withHistory(withConfig(state, { Healthcheck }), text);
}

function isSet(value: number | undefined): value is number {
  return value !== undefined && value !== 0;
}

/** BuildKit writes no history for it. */
function applyOnbuild(state: ImageState, { expression }: OnbuildInstruction): ImageState {
  return withConfig(state, { OnBuild: [...(state.config.OnBuild ?? []), expression] });
}

function applyMaintainer(state: ImageState, { maintainer }: MaintainerInstruction): ImageState {
  return withHistory({ ...state, author: maintainer }, `MAINTAINER ${maintainer}`);
}
