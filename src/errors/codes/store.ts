import type { CodeMeaning } from '../code.ts';

/** Faults of `store/`. */
export const storeCodes = {
  CONTENT_MISSING: {
    meaning: 'A store does not hold the content that a descriptor names',
    hint: 'The image is incomplete; copy or build it again',
    exit: 'failed',
  },
  STORE_FULL: {
    meaning: 'The disk, the quota or the file size limit is used up; nothing half written was left',
    hint: 'Free some space, then run the same command again; what was stored stays',
    exit: 'machine',
  },
  STORE_DENIED: {
    meaning: 'The file system does not let this user read or write a layout or an archive',
    hint: 'Look at the owner and the permissions of the folder, and whether it is mounted read-only',
    exit: 'machine',
  },
  STORE_PATH_UNUSABLE: {
    meaning: 'A path leads to nothing, through a file or to something of another kind, or is none that a file can have',
    hint: 'Look at what stands there with ls -l, and name another place or move it away',
    exit: 'misuse',
  },
  STORE_LOCKED: {
    meaning: 'Another process holds the lock of a layout longer than it is waited for',
    hint: 'Look whether the named process still works; when it does not, remove the lock file',
    exit: 'machine',
  },
  STORE_READ_ONLY: {
    meaning: 'Something was to be written to an archive that was opened for reading',
    hint: 'Copy the image into a layout first: polyarch copy SRC oci:DIR',
    exit: 'misuse',
  },
  LAYOUT_MISSING: {
    meaning: 'A folder that should be an OCI image layout does not exist or is none',
    hint: 'An OCI image layout has the files oci-layout and index.json and the folder blobs',
    exit: 'misuse',
  },
  LAYOUT_MALFORMED: {
    meaning: 'An OCI image layout breaks the rules of the image specification or those of safety',
    hint: 'Make the layout again from its source',
    exit: 'misuse',
  },
  IMAGE_ARCHIVE_MALFORMED: {
    meaning: 'A file that should be an OCI or Docker image archive is none, is cut off or contradicts itself',
    hint: 'Make the archive again with polyarch copy, docker save or skopeo copy',
    exit: 'misuse',
  },
  LOCATION_MALFORMED: {
    meaning: 'A text that should say where an image lies does not',
    hint: 'Write oci:DIR[:REF], oci-archive:FILE[:REF], docker-archive:FILE[:REF], docker://REFERENCE or a reference',
    exit: 'misuse',
  },
  IMAGE_MISSING: {
    meaning: 'A layout, an archive or a repository has no image of that name',
    hint: 'List what is there with polyarch inspect',
    exit: 'misuse',
  },
  IMAGE_AMBIGUOUS: {
    meaning: 'A layout or an archive holds several images and none was named',
    hint: 'Add the name of one after a colon, or copy all with --all-tags',
    exit: 'misuse',
  },
  GRAPH_TOO_LARGE: {
    meaning: 'An image is nested deeper, has more manifests or larger ones than is ever useful',
    hint: 'The image may have been made to exhaust whoever reads it; do not trust its source',
    exit: 'finding',
  },
  PLATFORM_NOT_OFFERED: {
    meaning: 'An image was asked for on a platform that it is not there for',
    hint: 'Ask for one of the platforms that the image offers',
    exit: 'misuse',
  },
} as const satisfies Record<string, CodeMeaning>;
