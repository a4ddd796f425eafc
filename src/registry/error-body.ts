/** What the body of a refusal says, whatever sent it. */
export interface ErrorBody {
  /** The codes of the distribution specification, in order. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes */
  readonly codes: readonly string[];
  /** One line that a person can read, at most 300 characters; empty where the body says nothing. */
  readonly text: string;
  /** Whether the body is a web page: something else than a registry has answered. */
  readonly isPage: boolean;
}

const longestText = 300;

/** Reads the body of a refusal: the JSON of a registry, a web page, or plain text. Never throws. */
export function decodeErrorBody(body: string): ErrorBody {
  const isPage = /^\s*(?:<!doctype html|<html|<\?xml[^>]*>\s*<!doctype html)/i.test(body);
  if (isPage) return { codes: [], text: shorten(/<title[^>]*>([^<]*)</i.exec(body)?.[1] ?? ''), isPage };
  const errors = decodeErrors(body);
  if (errors.length === 0) return { codes: [], text: shorten(body.startsWith('<') ? withoutTags(body) : body), isPage };
  const texts = errors.map(({ code, message, detail }) =>
    [code, message, detail].filter((part) => part !== '').join(': '),
  );
  return {
    codes: errors.map(({ code }) => code).filter((code) => code !== ''),
    text: shorten(texts.join('; ')),
    isPage,
  };
}

interface DecodedError {
  readonly code: string;
  readonly message: string;
  readonly detail: string;
}

function decodeErrors(body: string): readonly DecodedError[] {
  const document = parseJson(body);
  if (!isRecord(document)) return [];
  const errors = Array.isArray(document['errors']) ? document['errors'] : [document];
  return errors
    .filter(isRecord)
    .map((error) => ({
      code: textOf(error['code']),
      message:
        textOf(error['message']) ||
        textOf(error['error_description']) ||
        textOf(error['error']) ||
        textOf(error['details']),
      detail: detailOf(error['detail']),
    }))
    .filter(({ code, message, detail }) => code !== '' || message !== '' || detail !== '');
}

/** Details that are objects hold paths and ids of the server; only those that are words are shown. */
function detailOf(detail: unknown): string {
  return typeof detail === 'string' ? detail : '';
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutTags(text: string): string {
  return text.replace(/<[^>]*>/g, ' ');
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > longestText ? `${line.slice(0, longestText)}…` : line;
}
