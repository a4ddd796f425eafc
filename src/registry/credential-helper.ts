import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { hubServer } from './credential-file.ts';
import { type Credentials, secretOf } from './credentials.ts';

/**
 * Asks a docker-credential program for the login of a registry; undefined where it has none.
 * https://docs.docker.com/reference/cli/docker/login/#credential-helper-protocol
 * @throws {Fault} CREDENTIAL_HELPER_FAILED
 */
export async function askCredentialHelper(
  host: Host,
  name: string,
  registry: string,
): Promise<Credentials | undefined> {
  const asked: Asked = { program: `docker-credential-${name}`, registry };
  const input = registry === 'docker.io' ? hubServer : registry;
  const lines: string[] = [];
  try {
    if (!/^[\w.-]+$/.test(name)) throw helperFault(asked, 'its name is not the name of a program');
    await host.processes.run({
      program: asked.program,
      args: ['get'],
      input,
      timeoutMs: 30_000,
      maxOutputBytes: 1024 * 1024,
      onLine: (line, stream) => {
        if (stream === 'stdout') lines.push(line);
      },
    });
  } catch (cause) {
    host.signal.throwIfAborted();
    if (/credentials not found|no credentials|not logged in/i.test(lines.join('\n'))) return undefined;
    throw helperFault(asked, 'it ended with a fault', cause);
  }
  return decodeAnswer(lines.join('\n'), () => helperFault(asked, 'its answer is not {"Username","Secret"}'));
}

function decodeAnswer(text: string, malformed: () => Fault): Credentials | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw malformed();
  }
  if (typeof answer !== 'object' || answer === null) throw malformed();
  const username = 'Username' in answer ? answer.Username : undefined;
  const secret = 'Secret' in answer ? answer.Secret : undefined;
  if (typeof username !== 'string' || typeof secret !== 'string') throw malformed();
  return secretOf(username, secret);
}

interface Asked {
  readonly program: string;
  readonly registry: string;
}

function helperFault({ program, registry }: Asked, why: string, cause?: unknown): Fault {
  return new Fault('CREDENTIAL_HELPER_FAILED', `Cannot ask ${program} for the login of ${registry}: ${why}`, {
    cause,
    where: { registry },
    hint: `Run it by hand: echo ${registry} | ${program} get`,
  });
}
