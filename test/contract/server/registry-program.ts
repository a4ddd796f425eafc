import { createHost } from '../../../src/host/create-host.ts';
import { startRegistry } from '../../../src/server/start-registry.ts';

/** A registry in a process of its own, for tests that kill it: `node registry-program.js FOLDER [ADDRESS]`. */
const [directory = '', address = '127.0.0.1:0'] = process.argv.slice(2);
const { url } = await startRegistry({ host: createHost(), directory, address });
process.stdout.write(`${url}\n`);
