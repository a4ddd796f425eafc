const unitMs: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000_001,
};

/**
 * How long a server asks to wait, in milliseconds: the Retry-After header as seconds, as a date or as a duration
 * (`1m30s`), else the duration that GHCR writes into the body (`retry-after: 10.304ms`). Undefined where it does not ask.
 */
export function parseRetryAfter(header: string | undefined, body: string, now: Date): number | undefined {
  const fromHeader = header === undefined ? undefined : parseWait(header.trim(), now);
  if (fromHeader !== undefined) return fromHeader;
  const inBody = /retry[- ]after:?\s*([0-9][0-9.a-zµ]*)/i.exec(body)?.[1];
  return inBody === undefined ? undefined : parseWait(inBody, now);
}

function parseWait(text: string, now: Date): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const duration = parseDuration(text);
  if (duration !== undefined) return duration;
  const date = /[A-Za-z]{3}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}

function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(h|ms|m|us|µs|ns|s))+\.?$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|us|µs|ns|s)/g))
    total += Number(amount) * (unitMs[unit ?? ''] ?? 0);
  return total;
}
