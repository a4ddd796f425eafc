import { isFault } from '../errors/fault.ts';
import { documentLimitBytes } from '../oci/parse-json.ts';
import type { Answer } from './answer.ts';
import type { RegistryRequest } from './attempt.ts';
import { resolveLocation } from './location.ts';
import { brokenFault, malformedAnswer, type Operation } from './registry-fault.ts';
import { failureOfFault } from './retry.ts';
import { send } from './send.ts';

/** An answer with its body; of a refusal the body is left empty, its text is in the answer. */
export interface Document {
  readonly answer: Answer;
  readonly bytes: Uint8Array;
}

/**
 * Makes a request whose answer is a document of bounded size, again where the answer breaks off.
 * @throws {Fault} REGISTRY_ANSWER_TOO_LARGE, REGISTRY_ANSWER_MALFORMED where a web page answers, and what `send` throws
 */
export async function fetchDocument(operation: Operation, request: RegistryRequest): Promise<Document> {
  const patience = operation.session.patience();
  for (;;) {
    const answer = await send(operation, request, { patience });
    if (answer.status >= 400) return { answer, bytes: new Uint8Array() };
    try {
      const bytes = await answer.response.bytes(documentLimitBytes);
      if (answer.response.mediaType === 'text/html' && answer.status === 200 && answer.isHome)
        throw malformedAnswer(operation, `${answer.response.url.host} answers with a web page${titleOf(bytes)}`);
      return { answer, bytes };
    } catch (error) {
      if (!isFault(error) || !error.retryable) throw error;
      const tried = await patience.next(failureOfFault(error));
      if (tried !== undefined) throw brokenFault(operation, error, tried);
    }
  }
}

/** Where the next page of a list is, by its Link header. https://www.rfc-editor.org/rfc/rfc8288 */
export function nextPage(operation: Operation, { answer }: Document): URL | undefined {
  for (const header of answer.response.headers('link')) {
    for (const [, target, parameters = ''] of header.matchAll(/<([^>]*)>([^<]*)/g)) {
      if (!/;\s*rel\s*=\s*"?next"?/i.test(parameters)) continue;
      const { root } = operation.session;
      const place = resolveLocation(target ?? '', { from: answer.response.url, registry: root });
      // A list that goes on at another host would be read without credentials, and is nobody's list.
      if (place.kind === 'allowed' && place.trusted) return place.url;
      throw malformedAnswer(operation, `its next page is at another host ("${(target ?? '').slice(0, 200)}")`);
    }
  }
  return undefined;
}

function titleOf(bytes: Uint8Array): string {
  const title = /<title[^>]*>\s*([^<]{1,100})/i.exec(Buffer.from(bytes.subarray(0, 4096)).toString('utf8'))?.[1];
  return title === undefined ? '' : ` ("${title.trim()}")`;
}
