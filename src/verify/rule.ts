import type { Finding, RuleName } from './finding.ts';
import type { ImageFacts } from './image-facts.ts';

/** Programs of another architecture that lie in an image on purpose. */
export interface AllowedForeign {
  /** A glob over absolute paths, see `path-glob.ts`. */
  readonly path: string;
  /** In images of this platform only. Default: in all. */
  readonly platform?: string;
}

export interface VerifyOptions {
  /** The platforms that the image must have, and no others. Default: not checked. */
  readonly platforms?: readonly string[];
  /** Platforms that it may have or lack. Default: none. */
  readonly optionalPlatforms?: readonly string[];
  /** A plain text is a glob for all platforms. Default: none. */
  readonly allowForeign?: readonly (string | AllowedForeign)[];
}

/** One thing that is checked of an image. A pure function of the facts. */
export interface Rule {
  readonly name: RuleName;
  /** One line: what holds where the rule finds nothing. */
  readonly meaning: string;
  check(facts: ImageFacts, options: VerifyOptions): readonly Finding[];
}
