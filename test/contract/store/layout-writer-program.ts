import { isFault } from '../../../src/errors/fault.ts';
import { createHost } from '../../../src/host/create-host.ts';
import { once } from '../../../src/store/collect-content.ts';
import { withFileLock } from '../../../src/store/file-lock.ts';
import { openLayout } from '../../../src/store/layout-store.ts';
import { put, putSample, sampleBytes } from '../../contract/store/sample-image.ts';

/** What the tests of several processes run: `node layout-writer-program.js VERB FOLDER NAME COUNT`. */
const [verb = '', folder = '', name = '', count = '0'] = process.argv.slice(2);
const host = createHost();

async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
  yield sampleBytes(name, 100_000);
  process.stdout.write('writing\n');
  await new Promise(() => setInterval(() => undefined, 1000));
}

const verbs: Readonly<Record<string, () => Promise<void>>> = {
  /** Tags many images, one after the other. */
  async tag() {
    const layout = await openLayout(folder, { host, create: true });
    for (let number = 0; number < Number(count); number++) {
      const { index } = await putSample(layout, {
        name: `${name}-${number}`,
        platforms: ['linux/amd64'],
        layerBytes: 100,
      });
      await layout.tag(`${name}-${number}`, index);
    }
  },
  /** Stops in the middle of a blob, for ever. */
  async hang() {
    const layout = await openLayout(folder, { host, create: true });
    const { index } = await putSample(layout, { name });
    await layout.tag(name, index);
    await layout.write(endless());
  },
  /** Holds the lock of the index, for ever. */
  async lock() {
    await withFileLock(`${folder}/.index.lock`, { host }, async () => {
      process.stdout.write('locked\n');
      await new Promise(() => setInterval(() => undefined, 1000));
    });
  },
  /** Writes more than the limits of the process allow, and tells the fault. */
  async fill() {
    const layout = await openLayout(folder, { host, create: true });
    await put(layout, 'text/plain', sampleBytes('small', 1000));
    try {
      await layout.write(once(sampleBytes('large', Number(count))));
    } catch (error) {
      process.stdout.write(isFault(error) ? `${error.code} ${error.message}` : String(error));
    }
  },
};

await verbs[verb]?.();
