import type { CodeMeaning } from '../code.ts';

/** Faults of `oci/`. */
export const ociCodes = {
  DIGEST_MALFORMED: {
    meaning: 'A text that should be a digest is not `algorithm:hex`',
    hint: 'Write it as sha256: followed by 64 lower-case hexadecimal digits',
    exit: 'misuse',
  },
  DIGEST_MISMATCH: {
    meaning: 'Bytes do not hash to the digest that names them',
    hint: 'The content was damaged or replaced; fetch it again from its source',
    exit: 'registry',
  },
  SIZE_MISMATCH: {
    meaning: 'Content is longer or shorter than its descriptor says',
    hint: 'The content was cut off or replaced; fetch it again from its source',
    exit: 'registry',
  },
  DOCUMENT_MALFORMED: {
    meaning: 'A manifest, index, config or descriptor is not what the OCI image specification allows',
    hint: 'Look at the document with `polyarch inspect --raw`',
    exit: 'registry',
  },
  DOCUMENT_UNSUPPORTED: {
    meaning: 'A document is of a kind that polyarch does not read, such as a Docker schema 1 manifest',
    hint: 'Push the image again with a current tool',
    exit: 'registry',
  },
  INDEX_CONFLICT: {
    meaning:
      'The parts of an index contradict each other: two images for one platform, or content that its type cannot hold',
    hint: 'Give exactly one image for each platform',
    exit: 'failed',
  },
  REFERENCE_MALFORMED: {
    meaning: 'A text that should be an image reference is not one',
    hint: 'Write it as [registry[:port]/]repository[:tag][@digest], the repository in lower case',
    exit: 'misuse',
  },
  PLATFORM_MALFORMED: {
    meaning: 'A text that should be a platform is not one',
    hint: 'Write it as os/architecture[/variant], for example linux/arm64 or linux/arm/v7',
    exit: 'misuse',
  },
} as const satisfies Record<string, CodeMeaning>;
