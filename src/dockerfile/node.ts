/** Lines of a file, 1-based, both inclusive. */
export interface SourceLocation {
  readonly startLine: number;
  readonly endLine: number;
}

/** A here-document: a body that follows an instruction line. */
export interface Heredoc {
  /** The delimiter without quotes. */
  readonly name: string;
  /** The descriptor written before `<<`; 0 where none is. */
  readonly fileDescriptor: number;
  /** Whether variables in the body are expanded: the delimiter was not quoted. */
  readonly expand: boolean;
  /** Written `<<-`: leading tabs of every line do not count. */
  readonly chomp: boolean;
  /** The body as written, tabs included, each line ended by its line break. */
  readonly content: string;
}

/** One argument of a node; ONBUILD holds its trigger as a node of its own. */
export type NodeArgument =
  | { readonly kind: 'word'; readonly value: string }
  | { readonly kind: 'node'; readonly node: Node };

/** One line of a Dockerfile, split but not yet understood: the low-level view that lint rules and instructions share. */
export interface Node {
  /** The first word, in the case it is written in. */
  readonly keyword: string;
  /** The `--name=value` words behind the keyword, quotes removed. */
  readonly flags: readonly string[];
  readonly arguments: readonly NodeArgument[];
  /** Whether the arguments were written as a JSON array. */
  readonly json: boolean;
  readonly heredocs: readonly Heredoc[];
  /** The line as written, continuation lines joined. */
  readonly original: string;
  readonly location: SourceLocation;
  /** The comment lines right above, without their `#`. */
  readonly comments: readonly string[];
}
