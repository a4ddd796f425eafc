import type { Config } from '../config/config.ts';
import type { Host } from '../host/host.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Cell } from '../plan/cell.ts';
import type { Plan } from '../plan/plan.ts';

/** Tells, once a run, what is going to be emulated where the config wants to be warned of it. */
export function warnOfEmulation({ cells }: Plan, { images }: Config, host: Host): void {
  const warned = new Set(
    images.flatMap(({ name, platforms }) =>
      platforms
        .filter(({ emulation }) => emulation === 'warn')
        .map((entry) => keyOf(name, formatPlatform(entry.platform))),
    ),
  );
  const emulated = cells.filter(isEmulated).filter(({ image, platform }) => warned.has(keyOf(image, platform)));
  const [first] = emulated;
  if (first === undefined) return;
  const others = emulated.length === 1 ? '' : `, and ${emulated.length - 1} more`;
  host.emit({
    kind: 'note',
    level: 'warning',
    text: `${first.id}${others} will be emulated. ${first.route.reason}`,
    hint: '"emulation: allow" in polyarch.yaml says that this is meant, "refuse" that it must not be',
  });
}

/** The embedded engine runs nothing, so that it emulates nothing. */
function isEmulated({ route, builder }: Cell): boolean {
  return route.kind === 'emulated' && builder !== 'embedded';
}

function keyOf(image: string, platform: string): string {
  return `${image} ${platform}`;
}
