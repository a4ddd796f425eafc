import type { RepositoryConfig } from './config.ts';
import { readRepository } from './read-repository.ts';
import { definedOf } from './resolve-value.ts';
import type { WrittenImage } from './written-config.ts';

/** A repository, its name in full. */
export function resolveRepository(written: NonNullable<WrittenImage['repositories']>[number]): RepositoryConfig {
  const settings = typeof written === 'string' ? { name: written } : written;
  return {
    name: readRepository(settings.name),
    required: settings.required ?? true,
    public: settings.public ?? false,
    insecure: settings.insecure ?? false,
    ...definedOf({ when: settings.when }),
  };
}
