import { runToEnd } from '../../../src/host/run-to-end.ts';

const [how = ''] = process.argv.slice(2);
runToEnd(process, () => (how === 'forgotten' ? new Promise<number>(() => undefined) : Promise.resolve(Number(how))));
