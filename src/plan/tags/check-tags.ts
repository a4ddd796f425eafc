import parseSemver from 'semver/functions/parse.js';
import { architectureAliases, architectures } from '../../oci/platform-names.ts';
import { beginsWell, fitTag, longestTag } from './fit-tag.ts';
import type { TagFlavor } from './parse-flavor.ts';
import { parsePep440 } from './pep440.ts';
import type { Warn } from './tag-warning.ts';

/** Warns of a tag that no registry takes. */
export function checkTag(tag: string, warn: Warn): void {
  const cure = `"${fitTag(tag)}" would be taken`;
  if (tag.length > longestTag) {
    const message = `Tag "${tag}" has ${tag.length} characters, registries take ${longestTag}`;
    warn({ kind: 'tag-too-long', message, cure: `Shorten it with type=match or a shorter prefix or suffix; ${cure}` });
  }
  if (!beginsWell(tag)) {
    const message = `Tag "${tag}" begins with "${tag.charAt(0)}", registries want a letter, a digit or "_" there`;
    warn({ kind: 'tag-start', message, cure: `Put a prefix before it; ${cure}` });
  }
}

/** What is known of a `latest` that is to be moved. */
export interface LatestFacts {
  readonly flavor: TagFlavor;
  /** Where the version comes from: the pushed tag, and what the first rule gave. */
  readonly versions: readonly string[];
  /** The suffixes that the rules put behind the tags. */
  readonly suffixes: readonly string[];
}

/** Warns where `latest` would move to a prerelease, or to an image of one architecture. */
export function checkLatest({ flavor, versions, suffixes }: LatestFacts, warn: Warn): void {
  const prerelease = versions.find(isPrerelease);
  if (flavor.latest === 'auto' && prerelease !== undefined) {
    warn({
      kind: 'latest-is-prerelease',
      message: `"latest" would move to the prerelease ${prerelease}`,
      cure: 'Use type=semver, which leaves latest where it is for a prerelease, or write latest=false in flavor',
    });
  }
  const suffix = flavor.suffixOnLatest ? undefined : suffixes.find(namesArchitecture);
  if (suffix !== undefined) {
    warn({
      kind: 'latest-is-one-architecture',
      message: `Suffix "${suffix}" names an architecture but does not stand on "latest", so every architecture moves it`,
      cure: `Write "suffix=${suffix},onlatest=true" or "latest=false" in flavor`,
    });
  }
}

/** Whether a text, or what stands behind its last `/`, is a version that comes before its release. */
function isPrerelease(text: string): boolean {
  const version = text.slice(text.lastIndexOf('/') + 1);
  const semver = parseSemver(version);
  return semver === null ? (parsePep440(version)?.prerelease ?? false) : semver.prerelease.length > 0;
}

const architecturePattern = new RegExp(
  `(?:^|[^a-z0-9])(?:${[...architectures, ...architectureAliases.keys(), 'i386', 'x86_64', 'aarch64', 'armhf', 'armel'].join('|')})(?![a-z0-9])`,
  'i',
);

function namesArchitecture(suffix: string): boolean {
  return architecturePattern.test(suffix);
}
