import { parentPort } from 'node:worker_threads';
import { invariant } from '../errors/invariant.ts';
import { type CompressionJob, compressBlock } from './compress-block.ts';

invariant(parentPort !== null, 'The compression worker was not started as a worker');
const port = parentPort;

port.on('message', (job: CompressionJob) => {
  void compressBlock(job).then((compressed) => {
    const owned = new Uint8Array(compressed);
    port.postMessage(owned, [owned.buffer]);
  });
});
