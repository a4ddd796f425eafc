import * as v from 'valibot';
import { platformText } from './written-platform.ts';
import { key, requiredKey, someText, textMap } from './written-value.ts';

export const builderEntry = v.strictObject({
  name: requiredKey(someText, { description: 'How it is called; unique.', examples: ['graviton'] }),
  context: key(someText, { description: 'A Docker context.', default: 'the current one', examples: ['arm-server'] }),
  endpoint: key(someText, {
    description: 'Where it is reached: `ssh://`, `tcp://`, `unix://` or `docker-container://`.',
    default: 'that of the context',
    examples: ['ssh://build@arm-server'],
  }),
  driver: key(v.picklist(['docker', 'docker-container', 'kubernetes', 'remote', 'cloud']), {
    description: 'The driver of buildx.',
    default: '`docker-container`; `remote` for an endpoint of `tcp://`',
    examples: ['kubernetes'],
  }),
  platforms: key(v.pipe(v.array(platformText), v.nonEmpty('expected at least one entry')), {
    description:
      'The platforms it may build. A builder that is not made yet and stands on no Docker is believed to run them natively.',
    default: 'all that its nodes name',
    examples: [['linux/arm64', 'linux/arm/v7']],
  }),
  slots: key(v.pipe(v.number(), v.integer('expected a whole number'), v.minValue(1, 'expected at least 1')), {
    description: 'How many cells it builds at once.',
    default: '4 for each of its nodes',
    examples: [2],
  }),
  options: key(textMap, {
    description: 'Options of the driver, as `--driver-opt` has them; also `buildkitd-flags` and `buildkitd-config`.',
    default: 'none',
    examples: [{ replicas: '4' }],
  }),
});
