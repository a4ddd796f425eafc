import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';

/** What a TLS connection trusts and shows beside the usual. */
export interface Certificates {
  /** PEM; replaces the usual authorities, and so holds them too. */
  readonly ca?: readonly string[];
  /** Client certificates and their keys, PEM. */
  readonly cert?: readonly string[];
  readonly key?: readonly string[];
}

/**
 * The certificates for one registry: the authorities of SSL_CERT_FILE, and what lies in the `certs.d/HOST` folders of
 * Docker and Podman (`*.crt` authorities, `*.cert` and `*.key` pairs of the client).
 * https://docs.docker.com/engine/security/certificates/
 * @throws {Fault} REGISTRY_TLS where SSL_CERT_FILE cannot be read
 */
export async function loadCertificates(host: Host, registry: string): Promise<Certificates> {
  const authorities: string[] = [];
  const file = host.env['SSL_CERT_FILE'];
  if (file !== undefined && file !== '') authorities.push(await readAuthorities(file));
  const found = await Promise.all(certificateFolders(host, registry).map(readFolder));
  authorities.push(...found.flatMap(({ ca = [] }) => ca));
  const cert = found.flatMap((folder) => folder.cert ?? []);
  const key = found.flatMap((folder) => folder.key ?? []);
  const { rootCertificates } = await import('node:tls');
  return {
    ...(authorities.length === 0 ? {} : { ca: [...rootCertificates, ...authorities] }),
    ...(cert.length === 0 ? {} : { cert, key }),
  };
}

async function readAuthorities(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new Fault('REGISTRY_TLS', `Cannot read the authorities in "${file}", which SSL_CERT_FILE names`, {
      cause,
      where: { file },
      hint: 'Set SSL_CERT_FILE to a PEM file that exists, or unset it',
    });
  }
}

function certificateFolders(host: Host, registry: string): readonly string[] {
  const home = host.env['HOME'] ?? '';
  const roots = ['/etc/docker/certs.d', '/etc/containers/certs.d'];
  if (home !== '') roots.push(join(home, '.config/docker/certs.d'), join(home, '.config/containers/certs.d'));
  return /^[\w.:[\]-]+$/.test(registry) && !registry.startsWith('.') ? roots.map((root) => join(root, registry)) : [];
}

async function readFolder(folder: string): Promise<Certificates> {
  const names = await readdir(folder).catch(() => []);
  const files = names.sort().map((name) => join(folder, name));
  return {
    ca: await readAll(files.filter((file) => file.endsWith('.crt'))),
    cert: await readAll(files.filter((file) => file.endsWith('.cert'))),
    key: await readAll(files.filter((file) => file.endsWith('.key'))),
  };
}

function readAll(files: readonly string[]): Promise<readonly string[]> {
  return Promise.all(files.map((file) => readFile(file, 'utf8')));
}
