/** What tells a file that polyarch wrote from one that somebody else did. */
const mark = 'Written by `polyarch ci';

/** The line that a written file begins with, without the comment sign. */
export function markerLine(service: string): string {
  return `${mark} ${service}\` from the config. Change the config and write it again; \`--check\` tells whether it is current.`;
}

/** Whether polyarch wrote a file: the mark stands in its first lines. */
export function isWrittenByPolyarch(text: string): boolean {
  return text.split(/\r?\n/, 3).some((line) => line.includes(mark));
}
