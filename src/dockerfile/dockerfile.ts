import type { Directive } from './directives.ts';
import type { ArgInstruction } from './instruction.ts';
import type { Node } from './node.ts';
import type { ParseWarning } from './parse-lines.ts';
import type { Stage } from './stage.ts';

/** A Dockerfile, understood: its stages and everything before the first of them. */
export interface Dockerfile {
  /** The name that faults give. Default: `Dockerfile`. */
  readonly file: string;
  readonly source: string;
  readonly escape: '\\' | '`';
  readonly directives: readonly Directive[];
  /** The ARGs before the first FROM, in order. */
  readonly metaArgs: readonly ArgInstruction[];
  readonly stages: readonly Stage[];
  /** The same file line by line, for checks that look at how it is written. */
  readonly nodes: readonly Node[];
  readonly warnings: readonly ParseWarning[];
}
