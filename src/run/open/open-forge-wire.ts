import { Buffer } from 'node:buffer';
import type { ForgeRequest, ForgeWire } from '../../forge/forge-wire.ts';
import type { Host } from '../../host/host.ts';
import { Transport } from '../../registry/transport.ts';
import { usualWireLimits, type WireLimits } from '../../registry/wire-limits.ts';

/** A page of a hundred comments of the longest kind, in characters of several bytes. */
const mostAnswerBytes = 32 * 1024 * 1024;

/** The wire of `forge/` over the transport that registries are reached by: its proxies, certificates and limits. */
export function openForgeWire(host: Host, limits: WireLimits = usualWireLimits): ForgeWire {
  const transport = new Transport(host);
  return {
    exchange: async ({ method, url, headers, body }: ForgeRequest) => {
      const bytes = body === undefined ? undefined : Buffer.from(body, 'utf8');
      const exchanged = await transport.exchange({
        method,
        url,
        headers,
        ...(bytes === undefined ? {} : { body: { size: bytes.byteLength, open: () => inOnePiece(bytes) } }),
        limits,
        signal: host.signal,
      });
      if (exchanged.kind === 'broken') throw exchanged.fault;
      const { response } = exchanged;
      const text = Buffer.from(await response.bytes(mostAnswerBytes)).toString('utf8');
      return { status: response.status, header: (name) => response.header(name), text };
    },
    close: () => transport.close(),
  };
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}
