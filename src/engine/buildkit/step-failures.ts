import type { FailureRow } from './failure-table.ts';

const emulatorCure =
  'Build it natively, cross-compile it in a stage that starts FROM --platform=$BUILDPLATFORM, or take a newer QEMU: docker run --privileged --rm tonistiigi/binfmt --install all';

/**
 * Failures of a command of the Dockerfile, by the last lines of its output and its exit code. The first row that fits counts.
 * What the command was is not looked at: it may hold any text.
 */
export const stepFailures: readonly FailureRow[] = [
  {
    pattern: /qemu: uncaught target signal (\d+ \([^)]*\))/,
    kind: 'emulator',
    code: 'EMULATOR_CRASHED',
    cause: 'QEMU ended it by signal $1',
    cure: emulatorCure,
  },
  {
    pattern: /^qemu-[\w-]+: (.+)/m,
    kind: 'emulator',
    code: 'EMULATOR_CRASHED',
    cause: 'QEMU could not go on: $1',
    cure: emulatorCure,
  },
  {
    pattern: /\b(Segmentation fault|Illegal instruction|Bus error|exit code: (?:132|134|135|139))/i,
    kind: 'emulator',
    code: 'EMULATOR_CRASHED',
    cause: 'it crashed under QEMU ($1)',
    cure: emulatorCure,
    routes: ['emulated'],
  },
  {
    pattern: /exec format error/i,
    kind: 'emulator',
    code: 'EMULATOR_MISSING',
    cause: 'the builder has no emulator for this platform (exec format error)',
    routes: ['emulated'],
  },
  {
    pattern: /exec format error/i,
    kind: 'permanent',
    code: 'EMULATOR_MISSING',
    cause: 'a program in the image is for another architecture (exec format error)',
    cure: 'Look at what is copied in: it must be made for the target platform, or the stage pinned to $BUILDPLATFORM',
  },
  {
    pattern: /no space left on device/i,
    kind: 'transient',
    code: 'BUILDER_DISK_FULL',
    cause: "the builder's disk is full",
  },
  {
    pattern: /(?:[Cc]annot allocate memory|[Oo]ut of memory|signal: killed|(?:^|\s)Killed$|exit code: 137)/m,
    kind: 'transient',
    code: 'BUILDER_MEMORY_FULL',
    cause: 'it was killed, most likely because the builder has no memory left',
  },
  {
    pattern:
      /(temporary failure (?:in name resolution|resolving)|could not resolve host|EAI_AGAIN|ECONNRESET|ETIMEDOUT|connection reset by peer|connection timed out|TLS handshake timeout|i\/o timeout|unexpected EOF|\b(?:429 Too Many Requests|50[0234] [A-Z][a-z]+))/i,
    kind: 'transient',
    code: 'BUILD_STEP_OFFLINE',
    cause: 'the network failed it ($1)',
  },
  {
    pattern: /exit code: (\d+)/,
    kind: 'permanent',
    code: 'BUILD_STEP_FAILED',
    cause: 'it ended with exit code $1',
  },
];
