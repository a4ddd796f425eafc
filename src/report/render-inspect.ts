import { formatBytes } from './format-bytes.ts';
import { formatCount } from './format-count.ts';
import type { Palette } from './palette.ts';
import { shortDigest } from './render-finding.ts';
import { renderTable } from './table.ts';
import { printable } from './text-width.ts';

interface Content {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface Statement {
  readonly predicateType: string;
  readonly kind: string;
}

/** What of an inspected image is shown; `store/inspect.ts` gives such a value. */
export interface ShownImage {
  readonly reference: string;
  readonly kind: string;
  readonly descriptor: Content;
  readonly artifactType?: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly platforms: readonly {
    readonly platform: string;
    readonly manifest: Content;
    readonly layers: readonly Content[];
    readonly sizeBytes: number;
    readonly ownBytes: number;
  }[];
  readonly otherEntries: readonly Content[];
  readonly attestations: readonly { readonly platform?: string; readonly statements: readonly Statement[] }[];
  readonly sharedLayers: readonly { readonly layer: Content; readonly platforms: readonly string[] }[];
  readonly referrers: readonly {
    readonly subject: string;
    readonly descriptor: Content;
    readonly kind: string;
    readonly tag?: string;
    readonly predicateType?: string;
  }[];
  readonly totalBytes: number;
  readonly missing: readonly Content[];
}

export interface InspectOptions {
  readonly palette: Palette;
  /** Width of the terminal. */
  readonly columns: number;
}

const platformColumns = [
  { title: 'PLATFORM' },
  { title: 'DIGEST', importance: 4, minWidth: 15 },
  { title: 'SIZE', align: 'right' as const },
  { title: 'OWN', align: 'right' as const, importance: 2 },
  { title: 'LAYERS', align: 'right' as const, importance: 1 },
  { title: 'ATTESTED', importance: 3 },
];

/** What an image is made of: its platforms with sizes, what they share, and what is attached to it. */
export function renderInspect(image: ShownImage, options: InspectOptions): string {
  const { palette } = options;
  const blocks = [
    headLines(image, palette),
    platformTable(image, options),
    section('shared layers', sharedLines(image), palette),
    section('referrers', image.referrers.map(referrerLine), palette),
    section('other entries', image.otherEntries.map(contentLine), palette),
    section(
      'annotations',
      Object.entries(image.annotations).map(([name, value]) => `${name}: ${value}`),
      palette,
    ),
    image.missing.map((content) => `${palette.bad('missing')} ${contentLine(content)}`),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function headLines(image: ShownImage, palette: Palette): readonly string[] {
  const { reference, kind, descriptor, platforms, totalBytes } = image;
  const count = platforms.length === 0 ? '' : `, ${formatCount(platforms.length, 'platform')}`;
  const type = image.artifactType === undefined ? descriptor.mediaType : image.artifactType;
  return [
    palette.title(printable(reference)),
    `${kind}${count}, ${formatBytes(totalBytes)}`,
    palette.quiet(`${descriptor.digest}  ${printable(type)}`),
  ];
}

function platformTable(image: ShownImage, options: InspectOptions): readonly string[] {
  if (image.platforms.length === 0) return [];
  const rows = image.platforms.map(({ platform, manifest, sizeBytes, ownBytes, layers }) => [
    { text: printable(platform), paint: options.palette.title },
    { text: shortDigest(manifest.digest), paint: options.palette.quiet },
    { text: formatBytes(sizeBytes) },
    { text: ownBytes === sizeBytes ? '' : formatBytes(ownBytes) },
    { text: String(layers.length) },
    { text: statementsOf(image, platform) },
  ]);
  return renderTable(platformColumns, rows, options);
}

function statementsOf({ attestations }: ShownImage, platform: string): string {
  const kinds = attestations
    .filter((attestation) => attestation.platform === platform)
    .flatMap(({ statements }) => statements.map(({ kind }) => kind));
  return [...new Set(kinds)].join(', ');
}

function sharedLines({ sharedLayers, platforms }: ShownImage): readonly string[] {
  return sharedLayers.map(({ layer, platforms: owners }) => {
    const who = owners.length === platforms.length ? 'all platforms' : owners.join(', ');
    return `${shortDigest(layer.digest)}  ${formatBytes(layer.size)}  ${who}`;
  });
}

function referrerLine({ kind, descriptor, tag, predicateType, subject }: ShownImage['referrers'][number]): string {
  const what = [kind, predicateType, tag].filter((part) => part !== undefined && part !== '').join(' ');
  return `${shortDigest(descriptor.digest)}  ${what}  of ${shortDigest(subject)}`;
}

function contentLine({ digest, mediaType, size }: Content): string {
  return `${shortDigest(digest)}  ${mediaType}  ${formatBytes(size)}`;
}

function section(title: string, lines: readonly string[], palette: Palette): readonly string[] {
  return lines.length === 0 ? [] : [palette.quiet(`${title}:`), ...lines.map((line) => `  ${printable(line)}`)];
}
