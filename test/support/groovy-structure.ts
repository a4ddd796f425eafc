/** One block of a Jenkinsfile: `head { … }`, or a line of its own. */
export interface GroovyNode {
  readonly head: string;
  readonly children: readonly GroovyNode[];
}

/** Where a section of declarative pipelines may stand, and what may stand in it. */
const grammar: Readonly<Record<string, readonly string[]>> = {
  pipeline: ['agent', 'options', 'triggers', 'environment', 'stages', 'post', 'parameters', 'tools'],
  stages: ['stage'],
  stage: ['agent', 'when', 'options', 'environment', 'steps', 'matrix', 'stages', 'post', 'input', 'tools'],
  matrix: ['axes', 'agent', 'stages', 'excludes', 'when', 'environment', 'options', 'post'],
  axes: ['axis'],
  axis: ['name', 'values'],
  post: ['always', 'success', 'failure', 'unstable', 'changed', 'cleanup', 'aborted'],
  when: ['beforeAgent', 'not', 'changeRequest', 'branch', 'expression', 'anyOf', 'allOf'],
};

/**
 * Reads the structure of a Groovy file: braces, brackets, parentheses and quotes must be balanced.
 * @throws {Error} with the line
 */
export function parseGroovy(text: string): readonly GroovyNode[] {
  const plain = blankTexts(text);
  const roots: GroovyNode[] = [];
  const open: { readonly head: string; readonly children: GroovyNode[] }[] = [];
  for (const [at, line] of plain.split('\n').entries()) {
    for (const piece of line.split(/(?<=\{(?:[^{}]*->)?)|(?=\})/).map((one) => one.trim())) {
      if (piece === '') continue;
      const siblings = open.at(-1)?.children ?? roots;
      if (piece.startsWith('}')) {
        const closed = open.pop();
        if (closed === undefined) throw new Error(`line ${at + 1}: a brace is closed that was not opened`);
        (open.at(-1)?.children ?? roots).push(closed);
        const rest = piece.slice(1).trim();
        if (rest !== '' && !rest.endsWith('{')) (open.at(-1)?.children ?? roots).push({ head: rest, children: [] });
        if (rest.endsWith('{')) open.push({ head: rest.slice(0, -1).trim(), children: [] });
      } else if (/\{(?:[^{}]*->)?$/.test(piece))
        open.push({ head: piece.replace(/\{[^{]*$/, '').trim(), children: [] });
      else siblings.push({ head: piece, children: [] });
    }
  }
  if (open.length > 0) throw new Error(`"${open.at(-1)?.head ?? ''}" is never closed`);
  return roots;
}

/** What of a declarative pipeline stands where it may not. */
export function findMisplaced(roots: readonly GroovyNode[]): readonly string[] {
  const pipeline = roots.find(({ head }) => head === 'pipeline');
  if (pipeline === undefined) return ['there is no pipeline'];
  return [
    ...problemsIn(pipeline),
    ...(has(pipeline, 'agent') && has(pipeline, 'stages') ? [] : ['pipeline needs agent and stages']),
  ];
}

function has(node: GroovyNode, name: string): boolean {
  return node.children.some(({ head }) => nameOf(head) === name);
}

function nameOf(head: string): string {
  return /^\w+/.exec(head)?.[0] ?? head;
}

function problemsIn(node: GroovyNode): readonly string[] {
  const name = nameOf(node.head);
  const allowed = grammar[name];
  if (allowed === undefined) return [];
  const own = node.children
    .filter(({ head }) => !allowed.includes(nameOf(head)))
    .map(({ head }) => `"${head}" stands in ${name}`);
  const empty =
    name === 'stage' && !['steps', 'matrix', 'stages'].some((one) => has(node, one)) ? ['a stage does nothing'] : [];
  return [...own, ...empty, ...node.children.flatMap(problemsIn)];
}

/** The file without the content of its texts and without comments; what is in parentheses and brackets is checked here. */
function blankTexts(text: string): string {
  let result = '';
  const brackets: string[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '/' && text[at + 1] === '/') {
      at = text.indexOf('\n', at) - 1;
      if (at < 0) break;
    } else if (char === "'" || char === '"') {
      const end = endOfText(text, at);
      result += `${char}${char}`;
      at = end;
    } else {
      if ('(['.includes(char)) brackets.push(char);
      if (')]'.includes(char) && brackets.pop() !== (char === ')' ? '(' : '['))
        throw new Error(`"${char}" at ${at} closes what was not opened`);
      result += char;
    }
  }
  if (brackets.length > 0) throw new Error(`"${brackets.at(-1) ?? ''}" is never closed`);
  return result;
}

function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === text[start]) return at;
    else if (text[at] === '\n') break;
  }
  throw new Error(`the text at ${start} is never closed`);
}
