import type { ArmTraits } from './binary.ts';

/** The tags of the `aeabi` section that say what a binary needs. https://github.com/ARM-software/abi-aa/blob/main/addenda32/addenda32.rst#333build-attributes */
const tagFile = 1;
const tagCpuArch = 6;
const tagCompatibility = 32;
const tagVfpArgs = 28;
const textTags: ReadonlySet<number> = new Set([4, 5, 65, 67]);

/** The ARM version behind each value of `Tag_CPU_arch`; the microcontroller profiles are left out. */
const cpuVersions: Readonly<Record<number, number>> = {
  1: 4,
  2: 4,
  3: 5,
  4: 5,
  5: 5,
  6: 6,
  7: 6,
  8: 6,
  9: 6,
  10: 7,
  14: 8,
  22: 9,
};

/** Reads a `.ARM.attributes` section of little-endian or big-endian code; what cannot be read is not told. */
export function readArmAttributes(section: DataView, isLittleEndian: boolean): ArmTraits {
  const attributes = new Map<number, number>();
  if (section.byteLength > 0 && section.getUint8(0) === 0x41) readVendors(section, isLittleEndian, attributes);
  const version = cpuVersions[attributes.get(tagCpuArch) ?? 0];
  const vfpArgs = attributes.get(tagVfpArgs);
  return {
    ...(vfpArgs === 1 ? { floatAbi: 'hard' as const } : {}),
    ...(version === undefined ? {} : { version }),
  };
}

function readVendors(section: DataView, isLittleEndian: boolean, attributes: Map<number, number>): void {
  let at = 1;
  while (at + 4 <= section.byteLength) {
    const length = section.getUint32(at, isLittleEndian);
    const end = at + length;
    if (length < 5 || end > section.byteLength) return;
    const nameEnd = endOfText(section, at + 4, end);
    const isAeabi = textBetween(section, at + 4, nameEnd) === 'aeabi';
    if (isAeabi) readScopes({ view: section, at: nameEnd + 1, end }, isLittleEndian, attributes);
    at = end;
  }
}

/** A place in the section that moves forward, and where it must stop. */
interface Cursor {
  readonly view: DataView;
  at: number;
  readonly end: number;
}

function readScopes(cursor: Cursor, isLittleEndian: boolean, attributes: Map<number, number>): void {
  while (cursor.at + 5 <= cursor.end) {
    const start = cursor.at;
    const tag = readNumber(cursor);
    if (cursor.at + 4 > cursor.end) return;
    const size = cursor.view.getUint32(cursor.at, isLittleEndian);
    const end = start + size;
    if (size < 5 || end > cursor.end) return;
    if (tag === tagFile) readAttributes({ view: cursor.view, at: cursor.at + 4, end }, attributes);
    cursor.at = end;
  }
}

function readAttributes(cursor: Cursor, attributes: Map<number, number>): void {
  while (cursor.at < cursor.end) {
    const tag = readNumber(cursor);
    const isText = textTags.has(tag) || (tag > tagCompatibility && tag % 2 === 1);
    if (!isText) attributes.set(tag, readNumber(cursor));
    if (isText || tag === tagCompatibility) cursor.at = endOfText(cursor.view, cursor.at, cursor.end) + 1;
  }
}

/** An unsigned LEB128 number; bits beyond 28 do not occur and are dropped. */
function readNumber(cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; cursor.at < cursor.end; shift += 7) {
    const byte = cursor.view.getUint8(cursor.at);
    cursor.at++;
    if (shift < 28) value |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

function endOfText(view: DataView, start: number, end: number): number {
  let at = start;
  while (at < end && view.getUint8(at) !== 0) at++;
  return at;
}

function textBetween(view: DataView, start: number, end: number): string {
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + start, end - start));
}
