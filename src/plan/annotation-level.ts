/** Where an annotation is written: the index, the image manifest, or a manifest's descriptor in the index. */
export type AnnotationLevel = 'index' | 'manifest' | 'manifest-descriptor';

/**
 * The annotations of one level, out of keys that may name levels as buildx writes them:
 * `index,manifest:KEY`, `manifest[linux/arm64]:KEY`. A key without a level belongs to the manifest.
 */
export function annotationsOf(
  annotations: Readonly<Record<string, string>>,
  level: AnnotationLevel,
  platform?: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(annotations).flatMap(([key, value]) => {
      const { places, name } = splitKey(key);
      return places.some((place) => holds(place, level, platform)) ? [[name, value]] : [];
    }),
  );
}

interface Place {
  readonly level: string;
  readonly platform: string | undefined;
}

const placePattern = /^(index|manifest|manifest-descriptor)(?:\[([^\]]+)\])?$/;

function splitKey(key: string): { readonly places: readonly Place[]; readonly name: string } {
  const colon = key.indexOf(':');
  const written = colon < 0 ? [] : key.slice(0, colon).split(',');
  const places = written.flatMap((text) => {
    const [, level, platform] = placePattern.exec(text) ?? [];
    return level === undefined ? [] : [{ level, platform }];
  });
  if (places.length === 0 || places.length < written.length)
    return { places: [{ level: 'manifest', platform: undefined }], name: key };
  return { places, name: key.slice(colon + 1) };
}

function holds(place: Place, level: AnnotationLevel, platform: string | undefined): boolean {
  return place.level === level && (place.platform === undefined || place.platform === platform);
}
