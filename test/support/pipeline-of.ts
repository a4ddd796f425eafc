import { allProviders } from '../../src/ci/all-providers.ts';
import { assemblePipeline, type PipelineFacts } from '../../src/ci/assemble-pipeline.ts';
import type { CiService } from '../../src/ci/ci-service.ts';
import type { Pipeline } from '../../src/ci/pipeline.ts';
import { parseConfig } from '../../src/config/parse-config.ts';

/** The pipeline of a config text in `/repo`, with one Dockerfile that copies everything and runs something. */
export function pipelineOf(yaml: string, changes: Partial<PipelineFacts> = {}): Pipeline {
  return assemblePipeline(parseConfig(yaml, { file: 'polyarch.yaml', folderName: 'app' }), {
    service: 'github',
    program: 'polyarch@1.2.3',
    repository: '/repo',
    root: '/repo',
    configFile: '/repo/polyarch.yaml',
    pipelineFile: '/repo/.github/workflows/polyarch.yml',
    dockerfiles: { '/repo/Dockerfile': 'FROM alpine\nRUN true\nCOPY src /src\n' },
    ignoreFiles: {},
    folders: new Set(['/repo/src']),
    files: new Set(),
    ...changes,
  });
}

/** The file of a service for a config text. */
export function renderedOf(service: CiService, yaml: string, changes: Partial<PipelineFacts> = {}): string {
  const provider = allProviders.find(({ name }) => name === service);
  return provider?.render(pipelineOf(yaml, { service, ...changes }), { isReusable: false }) ?? '';
}
