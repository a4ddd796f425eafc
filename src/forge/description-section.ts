import { Fault } from '../errors/fault.ts';

/** The text of a description without our section, as far as its length goes: what is left for the section. */
export interface SectionPlace {
  /** Where the section stands, marks included; at the end of the text where there is none yet. */
  readonly start: number;
  readonly end: number;
}

/**
 * Finds our section by its marks.
 * @throws {Fault} DESCRIPTION_MARKERS_BROKEN where somebody took a mark away, turned them round or copied them
 */
export function findSection(description: string, key: string): SectionPlace {
  const starts = placesOf(description, startMark(key));
  const ends = placesOf(description, endMark(key));
  const [start] = starts;
  const [end] = ends;
  if (start === undefined && end === undefined) return { start: description.length, end: description.length };
  if (starts.length === 1 && ends.length === 1 && start !== undefined && end !== undefined && start < end)
    return { start, end: end + endMark(key).length };
  const found = `${starts.length} beginning and ${ends.length} end marks`;
  throw new Fault(
    'DESCRIPTION_MARKERS_BROKEN',
    `Cannot update the section of the description: it has ${found}, expected one of each in this order`,
  );
}

/**
 * The description with the section in it; every other byte is as it was. A new section comes to the end, behind an empty
 * line. Lines end as those of the description do.
 * @throws {Fault} DESCRIPTION_MARKERS_BROKEN
 */
export function placeSection(description: string, key: string, section: string): string {
  const { start, end } = findSection(description, key);
  const lineEnd = description.includes('\r\n') ? '\r\n' : '\n';
  const body = section.replace(/\r\n|\r|\n/g, '\n').trimEnd();
  const text = [startMark(key), '', body, '', endMark(key)].join('\n').replaceAll('\n', lineEnd);
  const gap = start === end ? gapBehind(description, lineEnd) : '';
  return `${description.slice(0, start)}${gap}${text}${description.slice(end)}`;
}

/** Characters that a section costs beside its own text. */
export function sectionOverhead(key: string): number {
  return startMark(key).length + endMark(key).length + 16;
}

function gapBehind(description: string, lineEnd: string): string {
  if (description === '') return '';
  if (/\n\r?\n$/.test(description)) return '';
  return description.endsWith('\n') ? lineEnd : `${lineEnd}${lineEnd}`;
}

function placesOf(text: string, mark: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) places.push(at);
  return places;
}

function startMark(key: string): string {
  return `<!-- polyarch:images ${safe(key)} -->`;
}

function endMark(key: string): string {
  return `<!-- /polyarch:images ${safe(key)} -->`;
}

/** A key cannot end the HTML comment that it stands in. */
function safe(key: string): string {
  return encodeURIComponent(key).replaceAll('-', '%2D');
}
