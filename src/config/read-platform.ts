import { Fault } from '../errors/fault.ts';
import { formatPlatform, type Platform, parsePlatform } from '../oci/platform.ts';

/**
 * The platform that a user wrote; `local` and `linux/$(uname -m)` mean the one of this machine.
 *
 * @throws {Fault} PLATFORM_MALFORMED
 */
export function readPlatform(text: string, host: Platform | undefined): Platform {
  if (!isOfThisMachine(text)) return parsePlatform(text);
  if (host === undefined) {
    throw new Fault(
      'PLATFORM_MALFORMED',
      `Cannot read the platform "${text}": the platform of this machine is not known here`,
    );
  }
  if (text === 'local') return host;
  return parsePlatform(text.replace('$(uname -m)', [host.architecture, host.variant].filter(Boolean).join('/')));
}

/** Whether it means another platform on another machine. */
export function isOfThisMachine(text: string): boolean {
  return text === 'local' || text.includes('$(uname -m)');
}

/** The normal form, or the text itself where it depends on the machine. */
export function platformKey(text: string): string {
  return isOfThisMachine(text) ? text : formatPlatform(parsePlatform(text));
}
