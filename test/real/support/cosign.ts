import type { Workbench } from './workbench.ts';

/** Signs without the public services: they cannot be reached, and are not what is tested. */
export const offline = ['-y', '--use-signing-config=false', '--tlog-upload=false', '--allow-insecure-registry'];

export interface SigningKeys {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A new pair of keys without a password. */
export async function makeKeys(workbench: Workbench, name: string): Promise<SigningKeys> {
  const prefix = workbench.path(name, 'cosign');
  await workbench.run('cosign', ['generate-key-pair', '--output-key-prefix', prefix]);
  return { privateKey: `${prefix}.key`, publicKey: `${prefix}.pub` };
}
