import { findSection, placeSection, sectionOverhead } from './description-section.ts';
import type { Forge } from './forge.ts';

export interface KeptSection {
  /** Tells the sections of several images of one repository apart. */
  readonly key: string;
  /** The section in at most so many characters; undefined where that is too little. */
  readonly render: (limit: number) => string | undefined;
}

/** `no-room`: the rest of the description is too long. */
export type SectionState = 'updated' | 'unchanged' | 'no-room';

const passesAtMost = 3;

/**
 * Keeps a section of the description up to date; the rest stays as it is, byte for byte. The description is read right
 * before it is written and once more behind it, because people and other jobs write it as well.
 *
 * @throws {Fault} DESCRIPTION_MARKERS_BROKEN and those of the forge
 */
export async function keepSection(forge: Forge, { key, render }: KeptSection): Promise<SectionState> {
  let state: SectionState = 'unchanged';
  for (let pass = 0; pass < passesAtMost; pass += 1) {
    const before = await forge.readDescription();
    const { start, end } = findSection(before, key);
    // Every line end may take two characters.
    const room = forge.descriptionLimit - (before.length - (end - start)) - sectionOverhead(key);
    const section = before.includes('\r\n') ? renderWide(render, room) : render(room);
    if (section === undefined) return state === 'unchanged' ? 'no-room' : state;
    const after = placeSection(before, key, section);
    if (after === before) return state;
    await forge.writeDescription(after);
    state = 'updated';
  }
  return state;
}

/** Where lines end with two characters, the text has to be shorter by one a line. */
function renderWide(render: KeptSection['render'], room: number): string | undefined {
  const text = render(room);
  const lineCount = text?.split('\n').length ?? 0;
  return text === undefined || text.length + lineCount <= room ? text : render(room - lineCount);
}
