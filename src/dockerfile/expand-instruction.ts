import type { AddInstruction, CopyInstruction, KeyValue, StageInstruction, Transfer } from './instruction.ts';

/** What expands the words of an instruction; a `StageScope` is one. */
export interface Expander {
  expand(word: string): string;
  expandBody(text: string): string;
}

/**
 * The instruction with the variables in its words expanded, in the words that BuildKit expands: of COPY and ADD the paths,
 * `--chown`, `--chmod`, `--checksum` and unquoted heredocs; of ENV and LABEL both sides; of WORKDIR, USER, VOLUME and
 * STOPSIGNAL all. The others come back as they are: ARG is for `StageScope.declare`, EXPOSE for `exposedPorts`, mounts of a
 * RUN for `parseMount`, and commands are for the shell.
 * @throws {Fault} DOCKERFILE_EXPANSION
 */
export function expandInstruction(instruction: StageInstruction, expander: Expander): StageInstruction {
  switch (instruction.name) {
    case 'COPY':
      return expandCopy(instruction, expander);
    case 'ADD':
      return expandAdd(instruction, expander);
    case 'ENV':
    case 'LABEL':
      return { ...instruction, pairs: instruction.pairs.map((pair) => expandPair(pair, expander)) };
    case 'WORKDIR':
      return { ...instruction, path: expander.expand(instruction.path) };
    case 'USER':
      return { ...instruction, user: expander.expand(instruction.user) };
    case 'VOLUME':
      return { ...instruction, volumes: instruction.volumes.map((volume) => expander.expand(volume)) };
    case 'STOPSIGNAL':
      return { ...instruction, signal: expander.expand(instruction.signal) };
    default:
      return instruction;
  }
}

function expandCopy(instruction: CopyInstruction, expander: Expander): CopyInstruction {
  return { ...instruction, ...expandTransfer(instruction, expander) };
}

function expandAdd(instruction: AddInstruction, expander: Expander): AddInstruction {
  const checksum = instruction.checksum === undefined ? {} : { checksum: expander.expand(instruction.checksum) };
  return { ...instruction, ...expandTransfer(instruction, expander), ...checksum };
}

function expandTransfer(transfer: Transfer, expander: Expander) {
  const { chown, chmod, sources, destination, inlineFiles } = transfer;
  return {
    ...(chown === undefined ? {} : { chown: expander.expand(chown) }),
    ...(chmod === undefined ? {} : { chmod: expander.expand(chmod) }),
    sources: sources.map((source) => expander.expand(source)),
    destination: expander.expand(destination),
    inlineFiles: inlineFiles.map((file) => (file.expand ? { ...file, data: expander.expandBody(file.data) } : file)),
  };
}

function expandPair(pair: KeyValue, expander: Expander): KeyValue {
  return { ...pair, key: expander.expand(pair.key), value: expander.expand(pair.value) };
}
