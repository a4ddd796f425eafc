import { type Platform, parsePlatform } from '../oci/platform.ts';
import { comparePlatforms, matchPlatform, matchPlatformStrictly } from '../oci/platform-match.ts';
import type { BuilderFacts, NodeFacts } from './builder-facts.ts';

/**
 * The node that buildx sends a platform to: the first that was declared for it, else the first that lists it, even where
 * that one emulates it and another would not, else the one that lists the nearest, else the first.
 * https://github.com/docker/buildx/blob/v0.29.1/build/driver.go
 */
export function nodeFor({ nodes }: Pick<BuilderFacts, 'nodes'>, platform: string): NodeFacts | undefined {
  if (nodes.length < 2) return nodes[0];
  const wanted = parsePlatform(platform);
  return (
    nodes.find(({ declared = [] }) => declared.some((own) => matchPlatformStrictly(wanted, parsePlatform(own)))) ??
    nodes.find((node) => listed(node).some((own) => matchPlatformStrictly(wanted, own))) ??
    nearest(nodes, wanted) ??
    nodes[0]
  );
}

function listed({ declared = [], native, emulated }: NodeFacts): readonly Platform[] {
  return [...declared, ...native, ...emulated].map((own) => parsePlatform(own));
}

/** Here what is listed plays the machine: arm64 takes arm/v7. */
function nearest(nodes: readonly NodeFacts[], wanted: Platform): NodeFacts | undefined {
  const offers = nodes.flatMap((node) =>
    listed(node)
      .filter((own) => matchPlatform(own, wanted))
      .map((own) => ({ node, own })),
  );
  return offers.toSorted((a, b) => comparePlatforms(wanted, a.own, b.own))[0]?.node;
}
