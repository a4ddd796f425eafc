import type { CodeMeaning } from '../code.ts';

/** Faults of `engine/buildkit/`. */
export const buildkitCodes = {
  DOCKER_MISSING: {
    meaning: 'The docker program is not on PATH',
    hint: 'Install Docker (https://docs.docker.com/get-docker/), or put the folder of docker on PATH',
    exit: 'machine',
  },
  BUILDX_MISSING: {
    meaning: 'Docker has no buildx plugin, or one that is too old',
    hint: 'Install the package docker-buildx-plugin, or put docker-buildx into ~/.docker/cli-plugins',
    exit: 'machine',
  },
  DOCKER_DOWN: {
    meaning: 'No Docker daemon answers where docker looks for one',
    hint: 'Start Docker (systemctl start docker, or Docker Desktop), or choose another with DOCKER_HOST or docker context use',
    exit: 'machine',
  },
  DOCKER_DENIED: {
    meaning: 'This user may not speak to the Docker daemon',
    hint: 'Add the user to the group docker and log in again: sudo usermod -aG docker $USER',
    exit: 'machine',
  },
  DOCKER_CONTEXT_UNKNOWN: {
    meaning: 'A Docker context is named that does not exist',
    hint: 'docker context ls shows those that do; docker context create NAME --docker host=ssh://USER@HOST makes one',
    exit: 'misuse',
  },
  DOCKER_ANSWER_UNREADABLE: {
    meaning: 'Docker or buildx printed what no known version of it prints',
    hint: 'Bring Docker and buildx up to date; if they are, please report the printed lines',
    exit: 'machine',
  },
  BUILDER_SILENT: {
    meaning: 'A builder did not answer within the time limit of a probe',
    hint: 'Look whether its machine is up and the network lets this one through',
    exit: 'machine',
  },
  BUILDER_UNREACHABLE: {
    meaning: 'The machine of a builder cannot be reached, or nothing listens there',
    hint: 'Look whether the machine is up, the address is right and BuildKit or Docker runs there',
    exit: 'machine',
  },
  BUILDER_SSH_DENIED: {
    meaning: 'The machine of a builder does not take the ssh key that it was offered',
    hint: 'Put the public key into ~/.ssh/authorized_keys there, or load the right key: ssh-add PATH',
    exit: 'machine',
  },
  BUILDER_HOST_UNKNOWN: {
    meaning: 'The ssh host key of a builder is not known here, or is not the one that is known',
    hint: 'Log in once by hand and compare the fingerprint: ssh USER@HOST; in CI write the key to ~/.ssh/known_hosts',
    exit: 'machine',
  },
  BUILDER_UNKNOWN: {
    meaning: 'A builder is named that neither the config describes nor buildx knows',
    hint: 'docker buildx ls shows those that buildx knows; "builders" in polyarch.yaml describes others',
    exit: 'misuse',
  },
  BUILDER_WRONG: {
    meaning: 'A builder exists under this name and is not the one that the config describes',
    hint: 'Remove it with docker buildx rm NAME and it is made anew, or give the one in the config another name',
    exit: 'misuse',
  },
  BUILDER_DRIVER_WRONG: {
    meaning: 'The driver of a builder cannot do what is asked of it',
    hint: 'Use a builder of the driver docker-container: docker buildx create --driver docker-container --use',
    exit: 'misuse',
  },
  BUILDER_STALE: {
    meaning: 'Something that a builder stands on, its container or its context, is gone',
    hint: 'Remove the builder with docker buildx rm NAME; polyarch makes those of the config anew',
    exit: 'machine',
  },
  BUILDER_NOT_CREATED: {
    meaning: 'A builder that the config describes could not be created or started',
    hint: 'Look at the printed output of buildx',
    exit: 'machine',
  },
  BUILDER_PLATFORM_WRONG: {
    meaning: 'A builder does not run natively what the config says that it does',
    hint: 'Correct "platforms" of the builder in polyarch.yaml, or the machine that it is on',
    exit: 'misuse',
  },
  PLATFORM_UNBUILDABLE: {
    meaning: 'No builder can build one of the platforms',
    hint: 'Add a builder that runs it natively, or install its emulator: docker run --privileged --rm tonistiigi/binfmt --install all',
    exit: 'misuse',
  },
  EMULATION_REFUSED: {
    meaning: 'A platform could only be built by emulation, and the config refuses that',
    hint: 'Add a builder that runs it natively, or pin the stages that run commands: FROM --platform=$BUILDPLATFORM',
    exit: 'misuse',
  },
  ENGINE_UNAVAILABLE: {
    meaning: 'The image needs BuildKit and none can be reached',
    hint: 'Start Docker, name a builder in polyarch.yaml, or leave out what needs BuildKit',
    exit: 'machine',
  },
  BUILDER_LOST: {
    meaning: 'The connection to a builder broke while it built, or BuildKit lost the build',
    hint: 'Look whether its machine is up and has memory and disk left; docker buildx inspect NAME --bootstrap asks it',
    exit: 'machine',
  },
  BUILDER_DISK_FULL: {
    meaning: 'The disk of a builder is full',
    hint: 'Make room there: docker buildx prune --builder NAME, or docker system prune for the docker driver',
    exit: 'machine',
  },
  BUILDER_MEMORY_FULL: {
    meaning: 'A command of a build was killed, most likely because the builder has no memory left',
    hint: 'Give the builder more memory, or fewer cells at once: "slots" of the builder in polyarch.yaml',
    exit: 'machine',
  },
  BUILDER_NODE_WRONG: {
    meaning: 'buildx built a platform on another node than the plan has it, one that only emulates it',
    hint: 'Give each node of the builder its platforms: docker buildx create --append --node NODE --platform PLATFORM',
    exit: 'machine',
  },
  EMULATOR_MISSING: {
    meaning: 'A program was to be run that is made for another architecture',
    hint: 'Install the emulators on the machine of the builder: docker run --privileged --rm tonistiigi/binfmt --install all',
    exit: 'machine',
  },
  EMULATOR_CRASHED: {
    meaning: 'QEMU crashed while it ran a command for another architecture',
    hint: 'Build the platform natively, or cross-compile in a stage that starts FROM --platform=$BUILDPLATFORM',
    exit: 'failed',
  },
  BUILD_STEP_FAILED: {
    meaning: 'A command of the Dockerfile ended with an exit code other than 0',
    hint: 'Read the end of its output; the whole log lies in logs/ of the run',
    exit: 'failed',
  },
  BUILD_STEP_OFFLINE: {
    meaning: 'A command of the Dockerfile failed because of the network',
    hint: 'Look whether the machine of the builder reaches what the command fetches; behind a proxy set HTTPS_PROXY as a build arg',
    exit: 'failed',
  },
  BUILD_FAILED: {
    meaning: 'BuildKit could not build, for a reason that polyarch does not know',
    hint: 'Run the printed command by hand; the whole log lies in logs/ of the run',
    exit: 'failed',
  },
  BUILD_RESULT_WRONG: {
    meaning: 'What a build gave is not the one image that was asked for',
    hint: 'Look at the last stage of the Dockerfile, and bring buildx up to date',
    exit: 'failed',
  },
  SECRET_MISSING: {
    meaning: 'A secret or an ssh agent that a build needs is not there',
    hint: 'Set the variable or write the file that the secret is read from',
    exit: 'misuse',
  },
  BUILD_TIMED_OUT: {
    meaning: 'An attempt at a cell took longer than the time limit of the config',
    hint: 'Look where it waits in the log of the cell; raise "timeout" in polyarch.yaml if it needs the time',
    exit: 'failed',
  },
  BUILD_SILENT: {
    meaning: 'A build gave no sign of life for so long that it was ended',
    hint: 'Look at the last step in the log of the cell: a command may wait for input, or for the network',
    exit: 'failed',
  },
  EMULATION_STUCK: {
    meaning: 'An emulated build gave no sign of life for so long that it was ended: QEMU hangs',
    hint: 'Build the platform natively or by cross-compilation; polyarch plan tells what is missing for that',
    exit: 'failed',
  },
  EMULATION_TOO_SLOW: {
    meaning: 'An emulated build took far longer than it ever did and was ended: QEMU hangs, or the work has grown',
    hint: 'Build the platform natively or by cross-compilation; polyarch plan tells what is missing for that',
    exit: 'failed',
  },
  BUILDERS_LOST: {
    meaning: 'All builders that a cell may be built on were lost during the run',
    hint: 'Bring one back, or add another for this platform, and run again with --resume: finished parts are kept',
    exit: 'machine',
  },
  BUILD_ENDS_BUILDERS: {
    meaning: 'Builder after builder was lost while it built the same cell',
    hint: 'The build itself may take all memory or disk of the machine: watch one of them while it runs',
    exit: 'failed',
  },
} as const satisfies Record<string, CodeMeaning>;
