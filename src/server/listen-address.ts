import { Fault } from '../errors/fault.ts';

export interface ListenAddress {
  /** A name or an address, IPv6 without brackets. */
  readonly hostname: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

/** Reads `host:port`, `[::1]:port`, `:port` (all addresses) or a port alone (this machine only). @throws {Fault} SERVER_ADDRESS_MALFORMED */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]*)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new Fault(
      'SERVER_ADDRESS_MALFORMED',
      `Cannot listen on "${text}": expected host:port with a port up to 65535`,
    );
  }
  if (text === match[3]) return { hostname: '127.0.0.1', port };
  const name = match[1] ?? match[2] ?? '';
  return { hostname: name === '' ? '0.0.0.0' : name, port };
}

/** The address that a client on this machine uses: every address is reached by the loopback one. */
export function clientAddress({ hostname, port }: ListenAddress): string {
  const reached = hostname === '0.0.0.0' ? '127.0.0.1' : hostname === '::' ? '::1' : hostname;
  return `${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}

/** Whether only programs on this machine can connect. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '::1' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
