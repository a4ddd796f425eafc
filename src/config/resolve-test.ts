import { formatPlatform, type Platform } from '../oci/platform.ts';
import { parseDuration } from './duration.ts';
import { readPlatform } from './read-platform.ts';
import { definedOf, textsOf } from './resolve-value.ts';
import type { CommandTest, FileTest, HttpTest, TestConfig } from './test-config.ts';
import type { WrittenImage } from './written-config.ts';

type WrittenTest = NonNullable<WrittenImage['tests']>[number];

/** A smoke test, named after what it does where it has no name. */
export function resolveTest(written: WrittenTest, host: Platform | undefined): TestConfig {
  const { user, platforms, timeout } = written;
  return {
    name: written.name ?? nameOf(written),
    env: textsOf(written.env),
    timeoutMs: parseDuration(timeout ?? '60s'),
    ...definedOf({
      run: resolveCommand(written),
      http: resolveHttp(written.http),
      user: user === undefined ? undefined : String(user),
      file: resolveFile(written.file),
      platforms: platforms?.map((text) => formatPlatform(readPlatform(text, host))),
    }),
  };
}

function resolveCommand({ run, stdout, stderr, exitCode }: WrittenTest): CommandTest | undefined {
  if (run === undefined) return undefined;
  const command = typeof run === 'string' ? run : run.map(String);
  return { command, exitCode: exitCode ?? 0, ...definedOf({ stdout, stderr }) };
}

function resolveHttp(written: WrittenTest['http']): HttpTest | undefined {
  if (written === undefined) return undefined;
  const { port, path = '/', status = 200, body } = written;
  return { port, path, status, ...definedOf({ body }) };
}

function resolveFile(written: WrittenTest['file']): FileTest | undefined {
  if (written === undefined) return undefined;
  const { path, exists = true, contains, mode } = written;
  return { path, exists, ...definedOf({ contains, mode: mode === undefined ? undefined : String(mode) }) };
}

function nameOf({ run, http, user, file }: WrittenTest): string {
  if (run !== undefined) return typeof run === 'string' ? run : run.join(' ');
  if (http !== undefined) return `http ${http.port}${http.path ?? '/'}`;
  return user === undefined ? `file ${file?.path ?? ''}` : `user ${user}`;
}
