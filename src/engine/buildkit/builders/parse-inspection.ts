import { Fault } from '../../../errors/fault.ts';

/** What `docker buildx inspect` tells of a builder. */
export interface Inspection {
  readonly name: string;
  /** Empty where buildx cannot reach what it stands on. */
  readonly driver: string;
  /** Why buildx cannot use it. */
  readonly error?: string;
  readonly nodes: readonly InspectedNode[];
}

export interface InspectedNode {
  readonly name: string;
  /** A Docker context or an address. */
  readonly endpoint: string;
  /** `running`, `inactive`…; absent where there is an error instead. */
  readonly status?: string;
  readonly error?: string;
  /** Of BuildKit. */
  readonly version?: string;
  /** As buildx orders them: those that the node was declared with, then those that its BuildKit names. */
  readonly platforms: readonly InspectedPlatform[];
}

export interface InspectedPlatform {
  readonly platform: string;
  readonly isDeclared: boolean;
}

interface Block {
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * Reads the text that `docker buildx inspect` prints: it has no JSON, and it alone marks the platforms that were declared
 * (`linux/arm64*`). Keys that are not known are passed over.
 *
 * @throws {Fault} DOCKER_ANSWER_UNREADABLE
 */
export function parseInspection(text: string): Inspection {
  const [head, ...nodes] = blocksOf(text);
  const name = head?.fields.get('name');
  const driver = head?.fields.get('driver');
  if (head === undefined || name === undefined || driver === undefined)
    throw new Fault(
      'DOCKER_ANSWER_UNREADABLE',
      'Cannot read what `docker buildx inspect` printed: it names no builder',
      {
        frame: text.slice(0, 1000),
      },
    );
  return { name, driver, ...told('error', head.fields.get('error')), nodes: nodes.map(nodeOf) };
}

/** The head of the builder, then one block for each `Name:` below `Nodes:`. */
function blocksOf(text: string): readonly Block[] {
  const blocks: { fields: Map<string, string> }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, key, value = ''] = /^([A-Za-z][^:]*):\s*(.*)$/.exec(line) ?? [];
    if (key === undefined) continue;
    if (key === 'Name') blocks.push({ fields: new Map() });
    const fields = blocks.at(-1)?.fields;
    if (fields !== undefined && !fields.has(key.toLowerCase())) fields.set(key.toLowerCase(), value.trim());
  }
  return blocks;
}

function nodeOf({ fields }: Block): InspectedNode {
  return {
    name: fields.get('name') ?? '',
    endpoint: fields.get('endpoint') ?? '',
    ...told('status', fields.get('status')),
    ...told('error', fields.get('error')),
    // Until buildx 0.10 the key was "Buildkit".
    ...told('version', fields.get('buildkit version') ?? fields.get('buildkit')),
    platforms: platformsOf(fields.get('platforms') ?? ''),
  };
}

function platformsOf(text: string): readonly InspectedPlatform[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((word) => ({ platform: word.replace(/\*$/, ''), isDeclared: word.endsWith('*') }));
}

type Told<Key extends string> = { readonly [Name in Key]?: string };

function told<Key extends string>(key: Key, value: string | undefined): Told<Key>;
function told(key: string, value: string | undefined): Told<string> {
  return value === undefined || value === '' ? {} : { [key]: value };
}
