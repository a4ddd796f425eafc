import type { Forge, ForgeComment } from './forge.ts';

export interface KeptComment {
  /** Tells the comments of several images of one repository apart. */
  readonly key: string;
  /** Of the pipeline; a comment of a later run is left as it is. Default: the comment is replaced whatever it is of. */
  readonly runNumber?: number;
  readonly body: string;
}

/** `kept-newer`: a later run has told its result already. */
export type CommentState = 'created' | 'updated' | 'unchanged' | 'kept-newer';

const passesAtMost = 6;

/**
 * Keeps exactly one comment up to date. It is found by a hidden mark in its first line, and only where the token's own
 * account wrote it: nobody else's text is ever changed or removed because it holds the mark.
 *
 * Two jobs may write at once, and a request whose answer was lost may have been carried out: so the comments are read
 * again after every write, and all but the oldest are removed.
 *
 * @throws {Fault} those of the forge
 */
export async function keepComment(forge: Forge, comment: KeptComment): Promise<CommentState> {
  const text = `${markOf(comment)}\n${comment.body}`;
  const me = await forge.identify();
  let state: CommentState = 'unchanged';
  for (let pass = 0; pass < passesAtMost; pass += 1) {
    const ours = (await forge.listComments()).filter((one) => isOurs(one, { forge, me, key: comment.key }));
    const [kept, ...surplus] = ours.toSorted((a, b) => Number(a.id) - Number(b.id));
    if (kept === undefined) {
      await forge.createComment(text);
      state = 'created';
      continue;
    }
    for (const { id } of surplus) await forge.deleteComment(id);
    const choice = chooseWrite(kept, { text, runNumber: comment.runNumber, hasWritten: state !== 'unchanged' });
    if (choice === 'keep') return state;
    if (choice === 'keep-newer') return 'kept-newer';
    if (await forge.updateComment(kept.id, text)) state = state === 'created' ? 'created' : 'updated';
  }
  return state;
}

interface Wanted {
  readonly text: string;
  readonly runNumber: number | undefined;
  readonly hasWritten: boolean;
}

/** Of two jobs of the same run that write at once, the one that comes second leaves the other's text as it is. */
function chooseWrite(kept: ForgeComment, { text, runNumber, hasWritten }: Wanted): 'write' | 'keep' | 'keep-newer' {
  if (plain(kept.body) === plain(text)) return 'keep';
  const there = runOf(kept);
  if (there !== undefined && runNumber !== undefined && there !== runNumber)
    return there > runNumber ? 'keep-newer' : 'write';
  return hasWritten ? 'keep' : 'write';
}

function isOurs(
  comment: ForgeComment,
  { forge, me, key }: { readonly forge: Forge; readonly me: string | undefined; readonly key: string },
): boolean {
  if (!comment.body.startsWith(`${markStart(key)} `)) return false;
  return me === undefined ? forge.mayBeOurs(comment) : comment.authorId === me;
}

function markOf({ key, runNumber }: KeptComment): string {
  return `${markStart(key)} ${runNumber === undefined ? '' : `run=${runNumber} `}-->`;
}

/** A key is written so that it cannot end the HTML comment that it stands in. */
function markStart(key: string): string {
  return `<!-- polyarch:report ${encodeURIComponent(key).replaceAll('-', '%2D')}`;
}

function runOf({ body }: ForgeComment): number | undefined {
  const run = /^<!-- polyarch:report \S+ run=(\d{1,15}) -->/.exec(body)?.[1];
  return run === undefined ? undefined : Number(run);
}

/** Forges change line ends and take spaces off the end. */
function plain(text: string): string {
  return text.replaceAll('\r\n', '\n').trimEnd();
}
