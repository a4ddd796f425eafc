import { isIP } from 'node:net';

/** How it is found out whether a registry is spoken to by TLS. */
export type SchemeDoubt =
  /** It is known. */
  | 'none'
  /** Plain HTTP is the custom on this machine; where it fails, TLS is tried. */
  | 'after-failure'
  /** The user takes either: TLS where it is spoken. */
  | 'at-once';

const tryMs = 5000;

/** Settles the scheme of a registry's root, once; the root then says so. */
export class SchemeChoice {
  readonly #root: URL;
  #settling: Promise<void> | undefined;
  #doubt: SchemeDoubt;

  constructor(root: URL, doubt: SchemeDoubt) {
    this.#root = root;
    this.#doubt = doubt;
  }

  /** A URL of the registry by the scheme that is spoken now. */
  async settle(url: URL): Promise<URL> {
    this.#settling ??= this.#settleRoot();
    await this.#settling;
    if (url.protocol === this.#root.protocol || url.host !== this.#root.host) return url;
    const moved = new URL(url.href);
    moved.protocol = this.#root.protocol;
    return moved;
  }

  /** After a request: whether it is to be made again, because the server turns out to speak TLS. */
  async reconsider(hasFailed: boolean): Promise<boolean> {
    if (this.#doubt !== 'after-failure') return false;
    const isOther = hasFailed && (await speaksTls(this.#root));
    if (isOther) this.#root.protocol = 'https:';
    if (isOther || !hasFailed) this.#doubt = 'none';
    return isOther;
  }

  async #settleRoot(): Promise<void> {
    if (this.#doubt !== 'at-once') return;
    this.#root.protocol = (await speaksTls(this.#root)) ? 'https:' : 'http:';
    this.#doubt = 'none';
  }
}

/** Whether a TLS handshake succeeds there, whoever vouches for the certificate: that is looked at when it is used. */
async function speaksTls({ hostname, port, protocol }: URL): Promise<boolean> {
  const { connect } = await import('node:tls');
  const host = hostname.replace(/^\[|\]$/g, '');
  const usualPort = protocol === 'https:' ? 443 : 80;
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: port === '' ? usualPort : Number(port),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      rejectUnauthorized: false,
    });
    function end(spoken: boolean): void {
      socket.destroy();
      resolve(spoken);
    }
    socket.setTimeout(tryMs, () => end(false));
    socket.once('secureConnect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}
