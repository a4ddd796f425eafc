import { isRecord } from '../oci/decode.ts';
import type { Forge, ForgeComment } from './forge.ts';
import type { ForgeClient } from './forge-client.ts';

/** GitLab's usual limits of notes and descriptions. https://docs.gitlab.com/administration/instance_limits/ */
const longestNote = 1_000_000;
const longestDescription = 1_048_576;

export interface MergeRequest {
  /** Its number, or `group/name`. */
  readonly project: string;
  /** The number within the project. */
  readonly number: number;
  /** A job's own token may only ask for the job. */
  readonly isJobToken: boolean;
}

/** A merge request of GitLab. https://docs.gitlab.com/api/notes/ */
export function openGitLab(client: ForgeClient, { project, number, isJobToken }: MergeRequest): Forge {
  const root = `projects/${encodeURIComponent(project)}/merge_requests/${number}`;
  const which = `merge request ${number} of ${project}`;
  return {
    name: 'GitLab',
    commentLimit: longestNote,
    descriptionLimit: longestDescription,
    identify: async () => {
      const path = isJobToken ? 'job' : 'user';
      const { value } = await client.call({ method: 'GET', path, what: 'ask who I am', taken: [403, 404] });
      return isJobToken ? idOf(isRecord(value) ? value['user'] : undefined) : idOf(value);
    },
    mayBeOurs: () => true,
    listComments: async () => {
      const what = `read the notes of ${which}`;
      const found = await client.list({ method: 'GET', path: `${root}/notes?per_page=100&sort=asc`, what });
      return found.flatMap((value) => noteOf(value) ?? []);
    },
    createComment: async (body) => {
      await client.call({ method: 'POST', path: `${root}/notes`, body: { body }, what: `comment on ${which}` });
    },
    updateComment: async (id, body) => {
      const call = { method: 'PUT', path: `${root}/notes/${id}`, body: { body } } as const;
      const { status } = await client.call({ ...call, what: `update the note on ${which}`, taken: [404, 410] });
      return status < 400;
    },
    deleteComment: async (id) => {
      const call = { method: 'DELETE', path: `${root}/notes/${id}` } as const;
      await client.call({ ...call, what: `remove a surplus note on ${which}`, taken: [404, 410] });
    },
    readDescription: async () => {
      const what = `read the description of ${which}`;
      const { value } = await client.call({ method: 'GET', path: root, what });
      if (!isRecord(value) || !('description' in value))
        throw client.malformed(what, 'its answer has no "description"');
      return typeof value['description'] === 'string' ? value['description'] : '';
    },
    writeDescription: async (description) => {
      const call = { method: 'PUT', path: root, body: { description } } as const;
      await client.call({ ...call, what: `update the description of ${which}` });
    },
  };
}

/** What GitLab itself notes about a merge request ("added 1 commit") is no comment. */
function noteOf(value: unknown): ForgeComment | undefined {
  const id = idOf(value);
  if (id === undefined || !isRecord(value) || value['system'] === true) return undefined;
  const { body, author } = value;
  return { id, body: typeof body === 'string' ? body : '', authorId: idOf(author) ?? '', isProgram: false };
}

function idOf(value: unknown): string | undefined {
  const id = isRecord(value) ? value['id'] : undefined;
  return typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : undefined;
}
