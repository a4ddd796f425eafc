/** States what can only be false through a fault of polyarch itself; throws a plain Error that asks for a report. */
export function invariant(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`${what} (this is a fault of polyarch, please report it)`);
}

/** The end of a switch over a closed union; the compiler refuses it where a case is missing. */
export function unreachable(value: never): never {
  throw new Error(`Unexpected ${JSON.stringify(value)} (this is a fault of polyarch, please report it)`);
}
