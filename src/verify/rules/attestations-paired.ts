import { attestationAnnotations, attestedDigest, isAttestation } from '../../oci/image-graph.ts';
import type { Finding } from '../finding.ts';
import { type EntryFacts, entryPlatform, type ImageFacts, imageEntries, isPlatformless } from '../image-facts.ts';
import type { Rule } from '../rule.ts';

/** Provenance and SBOM are found by the annotations of their entries; without those they are dead weight. */
export const attestationsPaired: Rule = {
  name: 'attestations-paired',
  meaning: 'Every attestation is about an image of this index, and all images have one or none has',
  check,
};

function check(facts: ImageFacts): readonly Finding[] {
  const images = imageEntries(facts);
  const digests = new Set(images.map(({ descriptor }) => descriptor.digest));
  const attested = new Set(facts.entries.flatMap(({ descriptor }) => attestedDigest(descriptor) ?? []));
  return [
    ...facts.entries.flatMap((entry) => checkEntry(entry, digests)),
    ...images
      .filter(({ descriptor }) => attested.size > 0 && !attested.has(descriptor.digest))
      .map((entry) => unattested(entry)),
  ];
}

function checkEntry({ descriptor }: EntryFacts, images: ReadonlySet<string>): readonly Finding[] {
  const { digest } = descriptor;
  if (!isAttestation(descriptor)) {
    if (!isPlatformless(descriptor)) return [];
    return [
      finding('warning', `${digest} is for unknown/unknown and does not say what it is: its annotations were lost`),
    ];
  }
  const subject = attestedDigest(descriptor);
  if (subject !== undefined && images.has(subject)) return [];
  const about = descriptor.annotations?.[attestationAnnotations.digest] ?? 'nothing';
  return [
    {
      ...finding('error', `The attestation ${digest} is about ${about}, which is no image of this index`),
      found: about,
    },
  ];
}

function unattested(entry: EntryFacts): Finding {
  const platform = entryPlatform(entry);
  return { ...finding('warning', `${platform} has no attestation, other platforms have`), platform };
}

function finding(level: Finding['level'], message: string): Finding {
  return {
    rule: 'attestations-paired',
    level,
    message,
    hint: 'Merge again with a tool that keeps the annotations of index entries',
  };
}
