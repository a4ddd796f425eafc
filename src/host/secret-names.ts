import type { Redactor } from '../errors/redact.ts';

const secretName =
  /TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIAL|DOCKER_AUTH_CONFIG|API_?KEY|_KEY(?:_|$)|^KEY$|_PAT$|_PWD$/i;
const nameOfPlace = /_(?:FILE|PATH|DIR|DIRECTORY|NAME|ID|URL|URI|HOST|TYPE|EXPIRY|EXPIRES|TTL|TOKENS)$|TOKENS/i;
const trivialValue = /^(?:true|false|yes|no|on|off|none|null|auto|always|never|default|enabled|disabled|\d{0,7})$/i;

/** Whether a variable, option or field of this name usually holds a secret, as `GITHUB_TOKEN` and `--password` do. */
export function looksSecret(name: string): boolean {
  const plain = name.replace(/^-+/, '').replaceAll('-', '_');
  return secretName.test(plain) && !nameOfPlace.test(plain);
}

/**
 * Makes the values of all variables with a secret name known to the redactor. Values shorter than 6 characters and words
 * such as `true` are left out: they protect nothing, and masking them would garble every text.
 */
export function addSecretsOf(env: Readonly<Record<string, string | undefined>>, redactor: Redactor): void {
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value.length < 6 || trivialValue.test(value) || !looksSecret(name)) continue;
    redactor.add(value);
    for (const line of value.split('\n')) if (line.trim().length >= 16) redactor.add(line.trim());
  }
}
