/** A text as a YAML scalar on one line: plain where nothing in it means something else, in quotes otherwise. */
export function yamlText(text: string): string {
  const isPlain =
    /^[A-Za-z0-9_./$(~^][^\n\r\t]*$/.test(text) &&
    !/: |:$| #|\s$/.test(text) &&
    !/^(?:true|false|null|yes|no|on|off|y|n|~|[\d.+-]+(?:e\d+)?|0[xo][\da-f]+|\.(?:inf|nan))$/i.test(text) &&
    !/^\d{4}-\d\d?-\d\d?/.test(text) &&
    !/^\d+:[\d:]+$/.test(text);
  return isPlain ? text : `'${text.replaceAll("'", "''")}'`;
}

/** The same within a list or a mapping on one line. */
export function yamlFlowText(text: string): string {
  return /[,[\]{}]/.test(text) ? `'${text.replaceAll("'", "''")}'` : yamlText(text);
}

/** A list on one line. */
export function yamlList(texts: readonly string[]): string {
  return `[${texts.map(yamlFlowText).join(', ')}]`;
}

/** `- text` lines. */
export function yamlItems(texts: readonly string[]): readonly string[] {
  return texts.map((text) => `- ${yamlText(text)}`);
}

/** The lines, each that is not empty moved to the right. */
export function indented(lines: readonly string[], by: number): readonly string[] {
  return lines.map((line) => (line === '' ? '' : `${' '.repeat(by)}${line}`));
}

/** A comment, broken into lines of a readable width. */
export function commentLines(text: string, width = 110): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > width) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
