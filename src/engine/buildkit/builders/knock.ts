import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { Fault } from '../../../errors/fault.ts';

const limitMs = 5000;

/**
 * Why a BuildKit that buildx calls inactive does not answer: buildx keeps the reason to itself. Only addresses of
 * `tcp://` and `unix://` can be tried.
 */
export async function explainSilence(endpoint: string, what: string): Promise<Fault> {
  if (placeOf(endpoint) === undefined) return unreachable(what, 'buildx calls it inactive');
  return (
    (await knock(endpoint, what)) ??
    new Fault('BUILDER_SILENT', `Cannot use ${what}: ${endpoint} takes connections and no BuildKit answers there`, {
      hint: 'Look whether it is a BuildKit that listens there, and whether it wants TLS (options cacert, cert, key)',
    })
  );
}

/** What is wrong with an address that nobody listens at; `undefined` where somebody does, and where it cannot be tried. */
export async function knock(endpoint: string, what: string): Promise<Fault | undefined> {
  const place = placeOf(endpoint);
  if (place === undefined) return undefined;
  if (typeof place === 'string')
    return existsSync(place) ? undefined : unreachable(what, `there is no socket "${place}"`);
  const problem = await tryConnect(place);
  return problem === undefined ? undefined : unreachable(what, `${endpoint} ${problem}`);
}

function unreachable(what: string, reason: string): Fault {
  return new Fault('BUILDER_UNREACHABLE', `Cannot use ${what}: ${reason}`);
}

interface Place {
  readonly host: string;
  readonly port: number;
}

function placeOf(endpoint: string): Place | string | undefined {
  const [, path] = /^unix:\/\/(.+)$/.exec(endpoint) ?? [];
  if (path !== undefined) return path;
  const [, host, port] = /^tcp:\/\/\[?([^\]]+?)\]?:(\d+)$/.exec(endpoint) ?? [];
  return host === undefined ? undefined : { host, port: Number(port) };
}

/** What is wrong, as a verb; `undefined` where the connection stands. */
function tryConnect({ host, port }: Place): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    function end(problem: string | undefined): void {
      socket.destroy();
      resolve(problem);
    }
    socket.setTimeout(limitMs, () => end(`does not answer in ${limitMs / 1000} s`));
    socket.once('connect', () => end(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => end(wordsOf(error)));
  });
}

function wordsOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ECONNREFUSED') return 'refuses the connection';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'has a name that cannot be resolved';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'cannot be reached from here';
  return `cannot be reached (${message})`;
}
