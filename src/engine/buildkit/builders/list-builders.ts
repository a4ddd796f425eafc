import { Fault } from '../../../errors/fault.ts';
import type { Host } from '../../../host/host.ts';
import { decodeBoolean, decodeDocument, decodeText, objectOf, optional } from '../../../oci/decode.ts';
import { askDocker } from './ask-docker.ts';

/** A builder that buildx knows. */
export interface ListedBuilder {
  readonly name: string;
  /** The one that is taken where none is named. */
  readonly isCurrent: boolean;
}

interface WrittenBuilder {
  readonly Name: string;
  readonly Current?: boolean | undefined;
}

const decodeListed = objectOf<WrittenBuilder>({ Name: decodeText, Current: optional(decodeBoolean) });

/** All builders that buildx knows. @throws {Fault} what `askDocker` throws, DOCKER_ANSWER_UNREADABLE */
export async function listBuilders(host: Host): Promise<readonly ListedBuilder[]> {
  const text = await askDocker(['buildx', 'ls', '--format', 'json'], { host, what: 'buildx' });
  return decodeBuilders(text);
}

/** Reads the lines of `docker buildx ls --format json`. @throws {Fault} DOCKER_ANSWER_UNREADABLE */
export function decodeBuilders(text: string): readonly ListedBuilder[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      try {
        const { Name: name, Current: isCurrent } = decodeDocument(Buffer.from(line), 'docker buildx ls', decodeListed);
        return { name, isCurrent: isCurrent === true };
      } catch (cause) {
        throw new Fault('DOCKER_ANSWER_UNREADABLE', 'Cannot read what `docker buildx ls` printed', { cause });
      }
    });
}

/** A Docker context that docker knows. */
export interface ListedContext {
  readonly name: string;
  /** Where its daemon is; empty where docker cannot tell. */
  readonly endpoint: string;
  readonly isCurrent: boolean;
}

interface WrittenContext extends WrittenBuilder {
  readonly DockerEndpoint?: string | undefined;
}

const decodeListedContext = objectOf<WrittenContext>({
  Name: decodeText,
  Current: optional(decodeBoolean),
  DockerEndpoint: optional(decodeText),
});

/** All Docker contexts. @throws {Fault} what `askDocker` throws, DOCKER_ANSWER_UNREADABLE */
export async function listContexts(host: Host): Promise<readonly ListedContext[]> {
  const text = await askDocker(['context', 'ls', '--format', 'json'], { host, what: 'docker' });
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      try {
        const context = decodeDocument(Buffer.from(line), 'docker context ls', decodeListedContext);
        return { name: context.Name, endpoint: context.DockerEndpoint ?? '', isCurrent: context.Current === true };
      } catch (cause) {
        throw new Fault('DOCKER_ANSWER_UNREADABLE', 'Cannot read what `docker context ls` printed', { cause });
      }
    });
}
