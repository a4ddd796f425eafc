import { createHost } from '../../../src/host/create-host.ts';
import { parseReference } from '../../../src/oci/reference.ts';
import type { Destination } from '../../../src/plan/plan.ts';
import { readPublishRecord } from '../../../src/publish/publish-journal.ts';
import { destinationOf, publishReleases } from '../../../src/publish/publish-releases.ts';
import { settleMoves } from '../../../src/publish/settle-moves.ts';
import type { ImageStore } from '../../../src/store/content-store.ts';
import { openLocation } from '../../../src/store/open-location.ts';
import { sampleRelease } from '../../support/sample-release.ts';

/** A publisher in a process of its own, to be killed: `publisher-program.js publish|resume FOLDER VERSION REPOSITORY...` */
const [verb = '', folder = '', version = '', ...repositories] = process.argv.slice(2);
const host = createHost();

function open(destination: Destination): Promise<ImageStore> {
  const reference = parseReference(destination.kind === 'repository' ? destination.repository : '');
  return openLocation({ kind: 'registry', reference }, { host, mode: 'write' });
}

async function publish(): Promise<string> {
  const destinations = repositories.map(
    (repository) => ({ kind: 'repository', repository, tags: [version, 'latest'], required: true }) as const,
  );
  const { release, source } = await sampleRelease({ version }, destinations);
  const published = await publishReleases([release], {
    host,
    source,
    runId: 'run',
    folder,
    nameOf: (destination) => (destination.kind === 'repository' ? destination.repository : ''),
    open,
  });
  return published.map(({ state }) => state).join(' ');
}

async function resume(): Promise<string> {
  const record = await readPublishRecord(folder);
  if (record?.state !== 'moving') return publish();
  const settled = await settleMoves(record, {
    host,
    folder,
    allowDowngrade: [],
    openPlace: (place) => open(destinationOf(place)),
  });
  return settled.state;
}

process.stdout.write(`${verb === 'resume' ? await resume() : await publish()}\n`);
