import { Fault } from '../errors/fault.ts';
import type { ExposeInstruction } from './instruction.ts';

/**
 * The ports of an EXPOSE as the image config lists them, `80/tcp`: words expanded, ranges counted out, in order.
 * @throws {Fault} DOCKERFILE_EXPANSION, DOCKERFILE_SYNTAX
 */
export function exposedPorts(
  instruction: ExposeInstruction,
  scope: { expandWords(word: string): readonly string[] },
): readonly string[] {
  return instruction.ports.flatMap((word) => scope.expandWords(word)).flatMap(parsePorts);
}

const protocols = ['tcp', 'udp', 'sctp'];

/** `[[ip:]host:]port[-port][/protocol]`; what stands before the container's port is checked and left out. */
function parsePorts(text: string): readonly string[] {
  const parts = text.split(':');
  const written = parts.at(-1) ?? '';
  const [port = '', ...rest] = written.split('/');
  const protocol = rest.join('/').toLowerCase() || 'tcp';
  if (port === '') throw refusePort(text, `no port specified: ${written}<empty>`);
  if (!protocols.includes(protocol)) throw refusePort(text, `invalid proto: ${protocol}`);
  const address = parts.slice(0, -2).join(':');
  if (address !== '' && !isAddress(address)) throw refusePort(text, `invalid IP address: ${address}`);
  const range = parseRange(port);
  if (range === undefined) throw refusePort(text, `invalid containerPort: ${port}`);
  checkHostPort(text, range, parts.at(-2) ?? '');
  return Array.from({ length: range.last - range.first + 1 }, (_, offset) => `${range.first + offset}/${protocol}`);
}

interface PortRange {
  readonly first: number;
  readonly last: number;
}

function checkHostPort(text: string, range: PortRange, hostPort: string): void {
  if (hostPort === '') return;
  const host = parseRange(hostPort);
  if (host === undefined) throw refusePort(text, `invalid hostPort: ${hostPort}`);
  const differs = host.last - host.first !== range.last - range.first;
  if (differs && range.first !== range.last) {
    throw refusePort(text, 'invalid ranges specified for container and host ports');
  }
}

function parseRange(text: string): PortRange | undefined {
  const [first, last = first, ...others] = text.split('-').map(parsePort);
  if (first === undefined || last === undefined || others.length > 0 || last < first) return undefined;
  return { first, last };
}

function parsePort(text: string): number | undefined {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65535 ? port : undefined;
}

const byte = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const version4 = new RegExp(`^(?:${byte}\\.){3}${byte}$`);

function isAddress(text: string): boolean {
  if (version4.test(text)) return true;
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  return bare.includes(':') && URL.canParse(`http://[${bare}]/`);
}

function refusePort(text: string, reason: string): Fault {
  return new Fault('DOCKERFILE_SYNTAX', `Cannot expose ${JSON.stringify(text)}: ${reason}`, {
    hint: 'Write a port or a range of ports, and a protocol where it is not tcp: 80, 53/udp, 8000-8010',
  });
}
