import { type Decoder, decodeText, type Place, refuse } from '../oci/decode.ts';

/** One of a few texts. */
export function oneOf<Text extends string>(...choices: readonly Text[]): Decoder<Text> {
  return (value, place) => {
    const text = decodeText(value, place);
    const found = choices.find((choice) => choice === text);
    return found ?? refuse(value, place, `one of ${choices.join(', ')}`);
  };
}

/** A time as ISO 8601. */
export function decodeTime(value: unknown, place: Place): string {
  const text = decodeText(value, place);
  return Number.isNaN(Date.parse(text)) ? refuse(value, place, 'a time') : text;
}

/** A finite number that is not below nothing. */
export function decodeAmount(value: unknown, place: Place): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : refuse(value, place, 'a number');
}

/** The version of a document that this program writes. */
export function decodeVersion(value: unknown, place: Place): 1 {
  return value === 1 ? value : refuse(value, place, '1');
}
