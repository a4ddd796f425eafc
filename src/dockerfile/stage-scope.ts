import { expandWord } from './expand-word.ts';
import type { ArgDefinition, ArgInstruction } from './instruction.ts';

export interface StageScopeOptions {
  /** The environment of the base image as its config has it, `NAME=value`; that of the base stage where the base is one. */
  readonly environment: readonly string[];
  /** The scope of the base stage at its end: what its ARGs declared goes on in this one. */
  readonly parent?: StageScope;
  /** Made by `globalScope`. */
  readonly globals: ReadonlyMap<string, string>;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Default: the backslash. */
  readonly escape?: '\\' | '`';
}

/** Args that steer the attestation of BuildKit and never reach a command. */
const hiddenArgs = new Set(['BUILDKIT_SBOM_SCAN_CONTEXT', 'BUILDKIT_SBOM_SCAN_STAGE']);

/**
 * The variables of a stage as they change from instruction to instruction. ENV and ARG write to one place, so the later of
 * the two wins; only ENV goes into the image.
 */
export class StageScope {
  readonly #options: StageScopeOptions;
  readonly #variables: Map<string, string>;
  readonly #environment: Map<string, string>;
  readonly #declared: Map<string, string | undefined>;

  constructor(options: StageScopeOptions) {
    this.#options = options;
    this.#environment = new Map(options.environment.map(splitVariable));
    const { parent } = options;
    this.#variables = new Map([...(parent === undefined ? [] : parent.#variables), ...this.#environment]);
    this.#declared = new Map(parent === undefined ? [] : parent.#declared);
  }

  /** The value of a variable at this point; `undefined` where it is not set. */
  get(name: string): string | undefined {
    return this.#variables.get(name);
  }

  /**
   * Expands a word of an instruction.
   * @throws {Fault} DOCKERFILE_EXPANSION
   */
  expand(word: string): string {
    return expandWord(word, (name) => this.#variables.get(name), this.#lexing()).text;
  }

  /**
   * Expands a word and splits it at white space that is not quoted.
   * @throws {Fault} DOCKERFILE_EXPANSION
   */
  expandWords(word: string): readonly string[] {
    return expandWord(word, (name) => this.#variables.get(name), this.#lexing()).words;
  }

  /**
   * Expands the body of a heredoc: quotes have no meaning, and the backslash is the escape whatever the directive says.
   * @throws {Fault} DOCKERFILE_EXPANSION
   */
  expandBody(text: string): string {
    return expandWord(text, (name) => this.#variables.get(name), { skipQuotes: true }).text;
  }

  /**
   * Declares the names of an ARG, each with the build arg, else its default, else the global of that name. What comes back
   * has the settled values, as the image's history shows them.
   * @throws {Fault} DOCKERFILE_EXPANSION
   */
  declare(instruction: ArgInstruction): readonly ArgDefinition[] {
    return instruction.args.map((definition) => {
      const value = this.#settle(definition);
      if (value !== undefined && !hiddenArgs.has(definition.key)) this.#variables.set(definition.key, value);
      this.#declared.set(definition.key, value);
      return value === undefined ? { key: definition.key } : { key: definition.key, value };
    });
  }

  /** Sets a variable of the image and of all that follows in the stage. */
  setEnvironment(name: string, value: string): void {
    this.#environment.set(name, value);
    this.#variables.set(name, value);
  }

  /** The environment of the image config, `NAME=value`, in the order of first appearance. */
  imageEnvironment(): readonly string[] {
    return Array.from(this.#environment, ([name, value]) => `${name}=${value}`);
  }

  /** Every variable that a RUN at this point sees: the image's and the declared args. */
  runEnvironment(): ReadonlyMap<string, string> {
    return new Map(this.#variables);
  }

  /** `|2 A=1 B=2 `, or nothing where no ARG is declared: what history puts before the command of a RUN. */
  historyArgs(): string {
    if (this.#declared.size === 0) return '';
    const args = Array.from(this.#declared, ([name, value]) => `${name}=${this.#variables.get(name) ?? value ?? ''}`);
    return `|${args.length} ${args.join(' ')} `;
  }

  #settle({ key, value }: ArgDefinition): string | undefined {
    const given = this.#options.buildArgs ?? {};
    if (Object.hasOwn(given, key)) return given[key];
    return value === undefined ? this.#options.globals.get(key) : this.expand(value);
  }

  #lexing() {
    return { escape: this.#options.escape ?? '\\' } as const;
  }
}

function splitVariable(variable: string): readonly [string, string] {
  const sign = variable.indexOf('=');
  return sign < 0 ? [variable, ''] : [variable.slice(0, sign), variable.slice(sign + 1)];
}
