import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type StandIns, writeStandIns } from '../../support/pipeline-runner-shell.ts';
import { programFile } from '../../support/run-program.ts';
import { craneIndex } from './peer-image.ts';
import type { Workbench } from './workbench.ts';

const version = 'polyarch@0.0.0-test';

/** A project of way E in a repository of git, with a registry of its own below `name`. */
export class Project {
  readonly repository: string;
  readonly registry: string;
  readonly #workbench: Workbench;
  #runCount = 0;

  private constructor(workbench: Workbench, name: string) {
    this.#workbench = workbench;
    this.registry = `${workbench.repositories}/${name}`;
    this.repository = workbench.path(name, 'source');
  }

  static async create(
    workbench: Workbench,
    name: string,
    files: Readonly<Record<string, string | Uint8Array>> = {},
  ): Promise<Project> {
    const project = new Project(workbench, name);
    const { registry } = project;
    const config = [
      'repositories:',
      `  - ${registry}/server`,
      `  - { name: ${registry}/mirror, when: env.MIRROR_ON, required: false }`,
      `platforms: [linux/amd64, linux/arm64, { platform: linux/arm/v7, optional: true }]`,
      'tags:',
      '  - type=ref,event=branch',
      '  - type=semver,pattern={{version}}',
      '  - type=semver,pattern={{major}}.{{minor}}',
      '  - type=raw,value=latest,enable={{is_default_branch}}',
      `ci: { env: { POLYARCH: ${version} }, pullRequest: { platforms: [linux/amd64] } }`,
    ];
    mkdirSync(project.repository, { recursive: true });
    workbench.files(`${name}/source`, {
      'polyarch.yaml': `${config.join('\n')}\n`,
      Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY ${TARGETARCH}/server /server\n',
      'amd64/server': 'one',
      'arm64/server': 'two',
      'arm/server': 'three',
      ...files,
    });
    await project.git('init -q -b main && git config uploadpack.allowAnySHA1InWant true');
    await project.commit('first');
    return project;
  }

  git(command: string): Promise<string> {
    return this.#workbench.run('sh', ['-c', `git ${command}`], {
      cwd: this.repository,
      env: { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' },
    });
  }

  async write(path: string, content: string): Promise<void> {
    this.#workbench.files(join(this.repository.slice(this.#workbench.folder.length + 1)), { [path]: content });
    await this.commit(path);
  }

  async commit(message: string): Promise<void> {
    await this.git(`add -A && git commit -q --allow-empty -m '${message}'`);
  }

  async head(): Promise<string> {
    return (await this.git('rev-parse HEAD')).trim();
  }

  /** What `setup-buildx-action` leaves in the home of a job: the plugin, and a builder of that name. */
  plugins(home: string): void {
    mkdirSync(join(home, '.docker'));
    symlinkSync(join(this.#workbench.env['DOCKER_CONFIG'] ?? '', 'cli-plugins'), join(home, '.docker/cli-plugins'));
  }

  pipeline(service: 'github' | 'gitlab'): Promise<string> {
    return this.#workbench.polyarch(['ci', service, this.repository, '--root', this.repository, '--stdout']);
  }

  /** What every process of a job gets; nothing of this machine's logins. */
  environment(names: StandIns['names']): Readonly<Record<string, string>> {
    const bin = writeStandIns(join(this.#workbench.path(`bin-${names.join('-')}`, '-'), '..'), {
      package: version,
      program: `'${process.execPath}' '${programFile}'`,
      names,
    });
    const { DOCKER_CONFIG: _config, ...env } = this.#workbench.env;
    return { ...env, PATH: `${bin}:${env['PATH'] ?? ''}` };
  }

  folders(): { readonly folder: string; readonly artifacts: string } {
    const folder = mkdtempSync(join(this.#workbench.folder, `run-${(this.#runCount += 1)}-`));
    mkdirSync(join(folder, 'artifacts'));
    return { folder, artifacts: join(folder, 'artifacts') };
  }

  /** The credentials of the registry, by the names that the pipeline has for them. */
  credentials(): Readonly<Record<string, string>> {
    const host = this.registry.split('/')[0] ?? '';
    const name = host
      .toUpperCase()
      .replace(/[^A-Z0-9]+/g, '_')
      .replace(/^(?=\d)/, 'REGISTRY_');
    return { [`${name}_USERNAME`]: 'somebody', [`${name}_PASSWORD`]: 'something' };
  }

  /** Every tag of a repository below the project's, with what it points at. */
  async tags(repository: string): Promise<Readonly<Record<string, string>>> {
    const { code, stdout } = await this.#workbench.attempt('crane', ['ls', `${this.registry}/${repository}`]);
    if (code !== 0) return {};
    const names = stdout
      .trim()
      .split('\n')
      .filter((name) => name !== '' && !name.startsWith('polyarch-'));
    const digests = names.map((name) =>
      this.#workbench.run('crane', ['digest', `${this.registry}/${repository}:${name}`]),
    );
    const found = (await Promise.all(digests)).map((digest, at) => [names[at] ?? '', digest.trim()] as const);
    return Object.fromEntries(found);
  }

  async platformsOf(tag: string): Promise<readonly string[]> {
    await this.#workbench.run('crane', ['validate', '--remote', `${this.registry}/server:${tag}`]);
    const { manifests } = await craneIndex(this.#workbench, `${this.registry}/server:${tag}`);
    return manifests.flatMap(({ platform }) =>
      platform === undefined || platform.os === 'unknown'
        ? []
        : [[platform.os, platform.architecture, platform.variant].filter((part) => part !== undefined).join('/')],
    );
  }
}
