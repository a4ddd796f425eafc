import type { Config } from './config.ts';
import { type ResolveOptions, resolveConfig } from './resolve-config.ts';

/** The config of a folder without one: its Dockerfile, for linux/amd64 and linux/arm64, published nowhere. */
export function defaultConfig(options: ResolveOptions): Config {
  return resolveConfig({}, options);
}
