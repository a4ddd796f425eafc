import { isRecord } from '../oci/decode.ts';
import { parseJson } from '../oci/parse-json.ts';
import { type Document, fetchDocument, nextPage } from './document.ts';
import { operationAt, type Place, tagsUrl } from './place.ts';
import { answerFault, malformedAnswer, type Operation } from './registry-fault.ts';
import { catalogScope, pullScope, type Scope } from './scope.ts';
import type { Session } from './session.ts';

/** ECR refuses more. */
const pageSize = 1000;
const pagesAtMost = 10_000;

/** Every tag of a repository, each once, in the order of the registry. None where the repository does not exist. */
export function listTags(place: Place): Promise<readonly string[]> {
  const operation = operationAt(place, { what: 'list the tags of', missing: 'REPOSITORY_UNKNOWN' });
  return listNames(operation, { first: tagsUrl(place), field: 'tags', scopes: [pullScope(place.name)] });
}

/** The names of all repositories of a registry. @throws {Fault} REGISTRY_UNSUPPORTED, REGISTRY_UNAUTHORIZED */
export function listRepositories(session: Session): Promise<readonly string[]> {
  const operation: Operation = { session, what: 'list the repositories of', missing: 'REGISTRY_UNSUPPORTED' };
  const first = new URL('/v2/_catalog', session.root.href);
  return listNames(operation, { first, field: 'repositories', scopes: [catalogScope] });
}

interface NameList {
  readonly first: URL;
  readonly field: 'tags' | 'repositories';
  readonly scopes: readonly Scope[];
}

async function listNames(operation: Operation, { first, field, scopes }: NameList): Promise<readonly string[]> {
  const names = new Set<string>();
  let next: URL | undefined = new URL(first.href);
  next.searchParams.set('n', String(pageSize));
  for (let page = 0; next !== undefined; page += 1) {
    if (page >= pagesAtMost) throw malformedAnswer(operation, `it has more than ${pagesAtMost} pages`);
    const document: Document = await fetchDocument(operation, { method: 'GET', url: next, scopes });
    if (document.answer.status === 404 && field === 'tags' && page === 0) return [];
    if (document.answer.status !== 200) throw answerFault(operation, document.answer);
    const found = decodeNames(operation, document, field);
    const before = names.size;
    for (const name of found) names.add(name);
    const grew = names.size > before;
    next = nextPage(operation, document) ?? (found.length === pageSize ? pageAfter(first, found.at(-1)) : undefined);
    // Some registries give the first page for ever; docker-registry 2.x does not know pages and sends all at once.
    if (!grew) next = undefined;
  }
  return [...names];
}

function pageAfter(first: URL, last: string | undefined): URL {
  const url = new URL(first.href);
  url.searchParams.set('n', String(pageSize));
  url.searchParams.set('last', last ?? '');
  return url;
}

/** Nexus writes null for no tags; Artifactory puts digests between them. */
function decodeNames(operation: Operation, { bytes, answer }: Document, field: NameList['field']): readonly string[] {
  const document = parseJson(bytes, `list of ${field}`);
  const written = isRecord(document) ? document[field] : undefined;
  if (written === null) return [];
  if (!Array.isArray(written))
    throw malformedAnswer(operation, `${answer.response.url.host} sends no list of ${field}`);
  return written.filter((name) => typeof name === 'string' && !name.includes(':')).map(String);
}
