/** A comment below a pull request. */
export interface ForgeComment {
  readonly id: string;
  readonly body: string;
  readonly authorId: string;
  /** Whether a program wrote it, as far as the forge tells. */
  readonly isProgram: boolean;
}

/** One pull request of GitHub, or merge request of GitLab, as far as a report needs it. */
export interface Forge {
  readonly name: 'GitHub' | 'GitLab';
  /** Characters that a comment may have. */
  readonly commentLimit: number;
  /** Characters that a description may have. */
  readonly descriptionLimit: number;
  /** The id of whoever the token is; undefined where the forge does not tell it to such a token. */
  readonly identify: () => Promise<string | undefined>;
  /** Whether comments of an author that is not known to be the token's may be ours. */
  readonly mayBeOurs: (comment: ForgeComment) => boolean;
  /** All of them, in any order. */
  readonly listComments: () => Promise<readonly ForgeComment[]>;
  readonly createComment: (body: string) => Promise<void>;
  /** False where it is gone. */
  readonly updateComment: (id: string, body: string) => Promise<boolean>;
  /** One that is gone is no fault. */
  readonly deleteComment: (id: string) => Promise<void>;
  readonly readDescription: () => Promise<string>;
  readonly writeDescription: (text: string) => Promise<void>;
}
