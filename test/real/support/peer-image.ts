import { randomBytes } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBusybox } from './busybox-image.ts';
import type { Workbench } from './workbench.ts';

export interface PeerImageOptions {
  readonly workbench: Workbench;
  /** `HOST/NAME:TAG` */
  readonly reference: string;
  /** Default: two. */
  readonly platforms?: readonly string[];
  /** With SLSA provenance. Default: false. */
  readonly attested?: boolean;
  /** The image that makes SBOMs, where there are to be some. */
  readonly scanner?: string;
  /** Bytes of incompressible content. Default: 4096. */
  readonly size?: number;
}

export interface JsonDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
}

export interface JsonIndex {
  readonly mediaType: string;
  readonly manifests: readonly JsonDescriptor[];
}

/** Builds and pushes an image for several platforms with buildx, and gives the digest that buildx tells. */
export async function pushPeerImage(options: PeerImageOptions): Promise<string> {
  const { workbench, reference, platforms = ['linux/amd64', 'linux/arm64'], attested = false, size = 4096 } = options;
  const { scanner } = options;
  const name = `context-${reference.replaceAll(/[^\w]/g, '-')}`;
  const context = workbench.files(name, {
    Dockerfile: 'FROM scratch\nARG TARGETPLATFORM\nCOPY data /data\nCOPY <<EOF /platform\n$TARGETPLATFORM\nEOF\n',
    data: randomBytes(size),
  });
  const metadata = workbench.path(name, 'metadata.json');
  const builder = await workbench.builder();
  await workbench.run('docker', [
    'buildx',
    'build',
    '--builder',
    builder,
    '--platform',
    platforms.join(','),
    `--provenance=${attested ? 'mode=max' : 'false'}`,
    ...(scanner === undefined ? [] : ['--attest', `type=sbom,generator=${scanner}`]),
    '--output',
    `type=registry,oci-mediatypes=true,name=${reference}`,
    '--metadata-file',
    metadata,
    context,
  ]);
  const { 'containerimage.digest': digest } = await readJson<{ readonly 'containerimage.digest': string }>(metadata);
  return digest;
}

/** Pushes a small image that makes an SBOM as BuildKit wants it, of one package for whatever it is shown. */
export async function pushScanner(workbench: Workbench, reference: string): Promise<string> {
  const statement = {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: 'https://spdx.dev/Document',
    predicate: { spdxVersion: 'SPDX-2.3', SPDXID: 'SPDXRef-DOCUMENT', name: 'scanned', packages: [{ name: 'data' }] },
  };
  const context = workbench.files('scanner', {
    Dockerfile:
      'FROM scratch\nCOPY busybox /bin/busybox\nCOPY scan statement /\nENTRYPOINT ["/bin/busybox", "sh", "/scan"]\n',
    busybox: await readFile(await findBusybox('amd64')),
    scan: '/bin/busybox cp /statement "$BUILDKIT_SCAN_DESTINATION/one.spdx.json"\n',
    statement: JSON.stringify(statement),
  });
  await chmod(join(context, 'busybox'), 0o755);
  const builder = await workbench.builder();
  const output = `type=registry,name=${reference}`;
  await workbench.run('docker', [
    'buildx',
    'build',
    '--builder',
    builder,
    '--platform',
    'linux/amd64',
    '--provenance=false',
    '--output',
    output,
    context,
  ]);
  return reference;
}

/** The index that a tag or digest names, as crane sees it. */
export async function craneIndex(workbench: Workbench, reference: string): Promise<JsonIndex> {
  return JSON.parse(await workbench.run('crane', ['manifest', reference])) as JsonIndex;
}

export async function readJson<Shape>(file: string): Promise<Shape> {
  return JSON.parse(await readFile(file, 'utf8')) as Shape;
}
