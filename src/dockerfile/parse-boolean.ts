const values: Readonly<Record<string, boolean>> = {
  '1': true,
  t: true,
  T: true,
  TRUE: true,
  true: true,
  True: true,
  '0': false,
  f: false,
  F: false,
  FALSE: false,
  false: false,
  False: false,
};

/** True or false in any of Go's spellings; `undefined` for another text. https://pkg.go.dev/strconv#ParseBool */
export function parseBoolean(text: string): boolean | undefined {
  return Object.hasOwn(values, text) ? values[text] : undefined;
}
