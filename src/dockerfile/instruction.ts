import type { Heredoc, SourceLocation } from './node.ts';

/** What every instruction tells of the place it was written at. */
export interface Written {
  readonly location: SourceLocation;
  /** The instruction as written, continuation lines joined, outer white space removed; heredoc bodies are not part of it. */
  readonly original: string;
  /** The comment lines right above the instruction, without their `#`. */
  readonly comments: readonly string[];
}

/** One `key=value` of ENV or LABEL; both sides are words that are yet to be expanded. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
  /** Whether it was written in the old form `KEY value`, without `=`. */
  readonly spaced: boolean;
}

/** One name of an ARG. A name without `=` has no `value`; `NAME=` has the empty one. */
export interface ArgDefinition {
  readonly key: string;
  readonly value?: string;
}

/** A command in shell form (one word, for the shell in effect) or in exec form (the JSON array). */
export interface CommandLine {
  readonly form: 'shell' | 'exec';
  /** Shell form: at most one word, the whole text. Exec form: the words of the array. */
  readonly words: readonly string[];
  readonly heredocs: readonly Heredoc[];
}

/** A file that is written in the Dockerfile itself: a heredoc used as a source of COPY or ADD. */
export interface InlineFile {
  /** The heredoc's delimiter, which is the file's name where the destination is a directory. */
  readonly path: string;
  /** The content, tabs already removed for `<<-`. */
  readonly data: string;
  /** Whether variables in the content are expanded: the delimiter was not quoted. */
  readonly expand: boolean;
}

export interface FromInstruction extends Written {
  readonly name: 'FROM';
  /** The base as written: an image, `scratch`, an earlier stage's name, or a word with variables. */
  readonly base: string;
  /** The value of `--platform`, not expanded. */
  readonly platform?: string;
  /** The name behind AS, in lower case. */
  readonly stageName?: string;
}

/** A `--mount` as written. Its values may hold variables, so it becomes a `RunMount` by `parseMount` with an expander. */
export interface WrittenMount {
  readonly text: string;
  /** The stage, named context or image that it reads; BuildKit allows no variable here. */
  readonly from?: string;
}

export interface RunInstruction extends Written {
  readonly name: 'RUN';
  readonly command: CommandLine;
  readonly mounts: readonly WrittenMount[];
  /** Default: `default`. */
  readonly network: 'default' | 'none' | 'host';
  /** Default: `sandbox`. */
  readonly security: 'sandbox' | 'insecure';
  /** The values of `--device`, not expanded; see `parseDevice`. */
  readonly devices: readonly string[];
}

/** The flags and paths that COPY and ADD share. All texts are words that are yet to be expanded. */
export interface Transfer extends Written {
  readonly sources: readonly string[];
  readonly inlineFiles: readonly InlineFile[];
  readonly destination: string;
  readonly chown?: string;
  readonly chmod?: string;
  readonly link: boolean;
  readonly exclude: readonly string[];
}

export interface CopyInstruction extends Transfer {
  readonly name: 'COPY';
  readonly from?: string;
  readonly parents: boolean;
}

export interface AddInstruction extends Transfer {
  readonly name: 'ADD';
  readonly checksum?: string;
  /** Absent where the flag is: then a git source's own default holds. */
  readonly keepGitDir?: boolean;
  /** Absent where the flag is: then local archives are unpacked and downloads are not. */
  readonly unpack?: boolean;
}

export interface EnvInstruction extends Written {
  readonly name: 'ENV';
  readonly pairs: readonly KeyValue[];
}

export interface ArgInstruction extends Written {
  readonly name: 'ARG';
  readonly args: readonly ArgDefinition[];
}

export interface LabelInstruction extends Written {
  readonly name: 'LABEL';
  readonly pairs: readonly KeyValue[];
}

export interface WorkdirInstruction extends Written {
  readonly name: 'WORKDIR';
  readonly path: string;
}

export interface UserInstruction extends Written {
  readonly name: 'USER';
  readonly user: string;
}

export interface ExposeInstruction extends Written {
  readonly name: 'EXPOSE';
  /** Words that are yet to be expanded; see `expandPorts`. */
  readonly ports: readonly string[];
}

export interface VolumeInstruction extends Written {
  readonly name: 'VOLUME';
  readonly volumes: readonly string[];
}

export interface EntrypointInstruction extends Written {
  readonly name: 'ENTRYPOINT';
  readonly command: CommandLine;
}

export interface CmdInstruction extends Written {
  readonly name: 'CMD';
  readonly command: CommandLine;
}

export interface ShellInstruction extends Written {
  readonly name: 'SHELL';
  readonly words: readonly string[];
}

export interface StopsignalInstruction extends Written {
  readonly name: 'STOPSIGNAL';
  readonly signal: string;
}

/** The check as the image config has it; a field that is absent keeps the runtime's default. Durations in nanoseconds. */
export interface Healthcheck {
  /** `['NONE']`, `['CMD', ...]` or `['CMD-SHELL', text]`. */
  readonly test: readonly string[];
  readonly intervalNs?: number;
  readonly timeoutNs?: number;
  readonly startPeriodNs?: number;
  readonly startIntervalNs?: number;
  readonly retries?: number;
}

export interface HealthcheckInstruction extends Written {
  readonly name: 'HEALTHCHECK';
  readonly check: Healthcheck;
}

export interface OnbuildInstruction extends Written {
  readonly name: 'ONBUILD';
  /** The trigger as the image config keeps it, heredoc bodies included; see `parseTrigger`. */
  readonly expression: string;
}

export interface MaintainerInstruction extends Written {
  readonly name: 'MAINTAINER';
  readonly maintainer: string;
}

/** What may stand inside a stage: everything but FROM. */
export type StageInstruction =
  | RunInstruction
  | CopyInstruction
  | AddInstruction
  | EnvInstruction
  | ArgInstruction
  | LabelInstruction
  | WorkdirInstruction
  | UserInstruction
  | ExposeInstruction
  | VolumeInstruction
  | EntrypointInstruction
  | CmdInstruction
  | ShellInstruction
  | StopsignalInstruction
  | HealthcheckInstruction
  | OnbuildInstruction
  | MaintainerInstruction;

/** One instruction of a Dockerfile, told apart by `name`. https://docs.docker.com/reference/dockerfile/ */
export type Instruction = FromInstruction | StageInstruction;

export type InstructionName = Instruction['name'];
