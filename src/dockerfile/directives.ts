/** A parser directive: `# syntax=`, `# escape=` or `# check=` at the very top. */
export interface Directive {
  readonly name: 'syntax' | 'escape' | 'check';
  readonly value: string;
  /** 1-based. */
  readonly line: number;
}
