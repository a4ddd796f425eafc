import { Fault, isFault } from '../../../errors/fault.ts';
import { decodeDocument, decodeText, listOf, objectOf, optional } from '../../../oci/decode.ts';
import { formatPlatform, parsePlatform } from '../../../oci/platform.ts';

/** What `docker info` tells of a daemon. */
export interface DockerInfo {
  /** Of its CPU, normalised. */
  readonly platform: string;
  /** Its clock. */
  readonly time: Date;
  /** The name of its machine. */
  readonly machine: string;
  /** Where it keeps its data, on its own machine. */
  readonly dataRoot: string;
  /** A virtual machine on somebody's desk, whatever the CPU below. */
  readonly isDesktop: boolean;
  /** Images lie in containerd's store, which lets the docker driver export its cache. */
  readonly hasContainerdStore: boolean;
}

interface WrittenInfo {
  readonly Name: string;
  readonly OSType: string;
  readonly Architecture: string;
  readonly SystemTime: string;
  readonly DockerRootDir: string;
  readonly OperatingSystem: string;
  readonly DriverStatus?: readonly (readonly string[])[] | undefined;
}

const decodeInfo = objectOf<WrittenInfo>({
  Name: decodeText,
  OSType: decodeText,
  Architecture: decodeText,
  SystemTime: decodeText,
  DockerRootDir: decodeText,
  OperatingSystem: decodeText,
  DriverStatus: optional(listOf(listOf(decodeText))),
});

/** Reads what `docker info --format '{{json .}}'` printed. @throws {Fault} DOCKER_ANSWER_UNREADABLE */
export function decodeDockerInfo(text: string): DockerInfo {
  try {
    const info = decodeDocument(Buffer.from(text), 'docker info', decodeInfo);
    const time = new Date(info.SystemTime);
    if (Number.isNaN(time.getTime())) throw unreadable(`"${info.SystemTime}" is no time`, undefined);
    return {
      platform: formatPlatform(parsePlatform(`${info.OSType}/${info.Architecture}`)),
      time,
      machine: info.Name,
      dataRoot: info.DockerRootDir,
      isDesktop: /Docker Desktop|OrbStack/.test(info.OperatingSystem),
      hasContainerdStore: (info.DriverStatus ?? []).some(
        ([, value]) => value?.includes('containerd.snapshotter') === true,
      ),
    };
  } catch (cause) {
    if (!isFault(cause, 'DOCUMENT_MALFORMED', 'PLATFORM_MALFORMED')) throw cause;
    throw unreadable(cause.message, cause);
  }
}

function unreadable(reason: string, cause: unknown): Fault {
  return new Fault('DOCKER_ANSWER_UNREADABLE', `Cannot read what \`docker info\` printed: ${reason}`, { cause });
}
