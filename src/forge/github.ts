import { isRecord } from '../oci/decode.ts';
import type { Forge, ForgeComment } from './forge.ts';
import type { ForgeClient } from './forge-client.ts';

/** GitHub counts characters; more are refused with 422. */
const longestBody = 65_536;

/** A pull request of GitHub. https://docs.github.com/en/rest/issues/comments */
export function openGitHub(client: ForgeClient, pull: { readonly repository: string; readonly number: number }): Forge {
  const { repository, number } = pull;
  const root = `repos/${repository}`;
  const which = `pull request ${number} of ${repository}`;
  return {
    name: 'GitHub',
    commentLimit: longestBody,
    descriptionLimit: longestBody,
    identify: async () => {
      // The token that a workflow gets belongs to an app: it may not ask who it is.
      const { value } = await client.call({ method: 'GET', path: 'user', what: 'ask who I am', taken: [403, 404] });
      return idOf(value);
    },
    mayBeOurs: ({ isProgram }) => isProgram,
    listComments: async () => {
      const path = `${root}/issues/${number}/comments?per_page=100`;
      const what = `read the comments of ${which}`;
      const found = await client.list({ method: 'GET', path, what });
      return found.map((value) => commentOf(value) ?? malformed(client, what));
    },
    createComment: async (body) => {
      const path = `${root}/issues/${number}/comments`;
      await client.call({ method: 'POST', path, body: { body }, what: `comment on ${which}` });
    },
    updateComment: async (id, body) => {
      const call = { method: 'PATCH', path: `${root}/issues/comments/${id}`, body: { body } } as const;
      const { status } = await client.call({ ...call, what: `update the comment on ${which}`, taken: [404, 410] });
      return status < 400;
    },
    deleteComment: async (id) => {
      const call = { method: 'DELETE', path: `${root}/issues/comments/${id}` } as const;
      await client.call({ ...call, what: `remove a surplus comment on ${which}`, taken: [404, 410] });
    },
    readDescription: async () => {
      const what = `read the description of ${which}`;
      const { value } = await client.call({ method: 'GET', path: `${root}/pulls/${number}`, what });
      if (!isRecord(value) || !('body' in value)) throw client.malformed(what, 'its answer has no "body"');
      return typeof value['body'] === 'string' ? value['body'] : '';
    },
    writeDescription: async (body) => {
      const call = { method: 'PATCH', path: `${root}/pulls/${number}`, body: { body } } as const;
      await client.call({ ...call, what: `update the description of ${which}` });
    },
  };
}

function commentOf(value: unknown): ForgeComment | undefined {
  const id = idOf(value);
  if (id === undefined || !isRecord(value)) return undefined;
  const { body, user } = value;
  return {
    id,
    body: typeof body === 'string' ? body : '',
    // The author of a comment whose account was removed is null.
    authorId: idOf(user) ?? '',
    isProgram: isRecord(user) && user['type'] === 'Bot',
  };
}

function malformed(client: ForgeClient, what: string): never {
  throw client.malformed(what, 'an element of its answer has no "id"');
}

function idOf(value: unknown): string | undefined {
  const id = isRecord(value) ? value['id'] : undefined;
  return typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : undefined;
}
