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
} as const satisfies Record<string, CodeMeaning>;
