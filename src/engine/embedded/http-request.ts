import type { IncomingMessage, RequestOptions } from 'node:http';
import { Fault } from '../../errors/fault.ts';
import { redactPatterns } from '../../errors/redact.ts';

export interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const maxRedirects = 10;
/** A connection on which nothing happens for so long is given up. */
const idleMs = 60_000;

/**
 * Makes a GET request and follows redirects, to http and https only.
 * @throws {Fault} DOWNLOAD_FAILED; whatever the connection throws
 */
export async function request(url: string, options: HttpRequest): Promise<IncomingMessage> {
  let place = new URL(url);
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const answer = await requestOnce(place, options);
    const { location } = answer.headers;
    if (![301, 302, 303, 307, 308].includes(answer.statusCode ?? 0) || location === undefined) return answer;
    answer.resume();
    place = new URL(location, place);
    if (place.protocol !== 'http:' && place.protocol !== 'https:') throw refused(url, `it leads to ${place.protocol}`);
  }
  throw refused(url, `it was redirected more than ${maxRedirects} times`);
}

async function requestOnce(place: URL, { headers, signal }: HttpRequest): Promise<IncomingMessage> {
  const { request: send } = place.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const options: RequestOptions = { headers: { 'user-agent': 'polyarch', ...headers }, signal, timeout: idleMs };
  return new Promise((resolve, reject) => {
    const sent = send(place, options, resolve);
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error(`nothing was heard for ${idleMs / 1000} s`)));
    sent.end();
  });
}

function refused(url: string, reason: string): Fault {
  const shown = redactPatterns(url);
  return new Fault('DOWNLOAD_FAILED', `Cannot download "${shown}": ${reason}`, { where: { reference: shown } });
}
