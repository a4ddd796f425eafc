/** Names of images and variants stand in file names, tags and ids of cells. */
export const plainNamePattern = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
