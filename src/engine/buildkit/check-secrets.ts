import { readFile } from 'node:fs/promises';
import { Fault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import type { Recipe, SecretSource } from '../../plan/cell.ts';

/** Files above this size are no secrets that a log could show by chance. */
const longestSecret = 64 * 1024;

/**
 * Whether all secrets are there: buildx takes a variable that is not set for an empty secret, and the build fails much later.
 * Their values are made known to the redactor, so that no log shows them.
 * @throws {Fault} SECRET_MISSING
 */
export async function checkSecrets({ secrets, ssh }: Recipe, host: Host): Promise<void> {
  for (const secret of secrets) addToRedactor(await valueOf(secret, host), host);
  const needsAgent = ssh.some((entry) => !entry.includes('='));
  if (needsAgent && (host.env['SSH_AUTH_SOCK'] ?? '') === '') {
    throw new Fault('SECRET_MISSING', 'Cannot forward the ssh agent: SSH_AUTH_SOCK is not set', {
      hint: 'Start one with `eval $(ssh-agent) && ssh-add`, or name a key: --ssh default=PATH',
    });
  }
}

async function valueOf({ id, env, file }: SecretSource, host: Host): Promise<string> {
  if (file === undefined) {
    const name = env ?? id;
    const value = host.env[name];
    if (value === undefined) {
      throw new Fault('SECRET_MISSING', `Cannot give the secret "${id}" to the build: the variable ${name} is not set`);
    }
    return value;
  }
  try {
    const content = await readFile(file);
    return content.byteLength > longestSecret ? '' : content.toString('utf8');
  } catch (cause) {
    const message = `Cannot give the secret "${id}" to the build: its file "${file}" cannot be read`;
    throw new Fault('SECRET_MISSING', message, { cause, where: { path: file } });
  }
}

/** The whole value, and each of its longer lines: a log is redacted line by line. */
function addToRedactor(value: string, { redactor }: Host): void {
  redactor.add(value.trim());
  for (const line of value.split('\n')) if (line.trim().length >= 8) redactor.add(line.trim());
}
