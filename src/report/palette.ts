type Paint = (text: string) => string;

/** Colours by meaning. Every renderer takes one, so that the same code writes with and without them. */
export interface Palette {
  readonly title: Paint;
  readonly quiet: Paint;
  readonly good: Paint;
  readonly warning: Paint;
  readonly bad: Paint;
  readonly name: Paint;
}

const plainPalette: Palette = {
  title: same,
  quiet: same,
  good: same,
  warning: same,
  bad: same,
  name: same,
};

const colorPalette: Palette = {
  title: (text) => sgr(1, 22, text),
  quiet: (text) => sgr(2, 22, text),
  good: (text) => sgr(32, 39, text),
  warning: (text) => sgr(33, 39, text),
  bad: (text) => sgr(31, 39, text),
  name: (text) => sgr(36, 39, text),
};

/** The palette for a stream that shows colours, or does not. */
export function choosePalette(hasColors: boolean): Palette {
  return hasColors ? colorPalette : plainPalette;
}

function same(text: string): string {
  return text;
}

function sgr(on: number, off: number, text: string): string {
  return text === '' ? '' : `\u001B[${on}m${text}\u001B[${off}m`;
}
