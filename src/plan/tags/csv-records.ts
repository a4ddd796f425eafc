import { Fault } from '../../errors/fault.ts';

export interface CsvOptions {
  /** A quote inside a field, or text behind a closing quote, is taken as written. Default: it is a fault. */
  readonly relaxedQuotes?: boolean;
  /** A line that begins with `#` is left out. Default: it is a record as any other. */
  readonly comments?: boolean;
}

/**
 * The records of a CSV text, each with as many fields as it has. A quoted field may hold commas, line ends and doubled
 * quotes; empty lines are left out; white space is kept. The first line end decides what ends a line (`\n`, `\r\n` or
 * `\r`); the others are text. Equal to `csv-parse` 7 with `relax_column_count` and `skip_empty_lines`.
 * @throws {Fault} TAG_RULE_MALFORMED
 */
export function parseCsv(text: string, options: CsvOptions = {}): readonly (readonly string[])[] {
  const reader: Reader = {
    text,
    options,
    records: [],
    record: [],
    field: '',
    lineEnd: undefined,
    quoting: false,
    quoted: false,
    commenting: false,
  };
  for (let at = 0; at < text.length; ) at += readAt(reader, at);
  if (reader.quoting) throw malformed(text, 'its last quote is not closed, expected a closing quote');
  if (reader.quoted || reader.record.length > 0 || reader.field !== '') endRecord(reader);
  return reader.records;
}

interface Reader {
  readonly text: string;
  readonly options: CsvOptions;
  readonly records: string[][];
  record: string[];
  field: string;
  lineEnd: string | undefined;
  /** Between an opening quote and its closing one. */
  quoting: boolean;
  /** The field had a closing quote. */
  quoted: boolean;
  commenting: boolean;
}

/** Reads what stands at a place and gives how many characters it was. */
function readAt(reader: Reader, at: number): number {
  if (reader.quoting) return readQuoted(reader, at);
  reader.lineEnd ??= lineEndAt(reader.text, at);
  if (reader.text[at] === '"' && !reader.commenting) return readQuote(reader);
  return readPlain(reader, at);
}

function readQuoted(reader: Reader, at: number): number {
  const { text, options } = reader;
  const character = text.charAt(at);
  if (character !== '"') return append(reader, character);
  const next = text[at + 1];
  if (next === '"') {
    reader.field += '"';
    return 2;
  }
  reader.quoting = false;
  reader.quoted = true;
  if (closes(reader, at + 1)) return 1;
  if (options.relaxedQuotes !== true)
    throw malformed(text, `"${next ?? ''}" follows a closing quote, expected a comma`);
  reader.field = `"${reader.field}"`;
  return 1;
}

function closes(reader: Reader, at: number): boolean {
  const next = reader.text[at];
  if (next === undefined || next === '\0' || next === ',') return true;
  reader.lineEnd ??= lineEndAt(reader.text, at);
  return startsLineEnd(reader, at) || (next === '#' && reader.options.comments === true);
}

function readQuote(reader: Reader): number {
  if (reader.field === '') {
    reader.quoting = true;
    return 1;
  }
  if (reader.options.relaxedQuotes === true) return append(reader, '"');
  throw malformed(reader.text, `a quote stands behind "${reader.field}", expected the whole field between quotes`);
}

function readPlain(reader: Reader, at: number): number {
  const character = reader.text.charAt(at);
  if (startsLineEnd(reader, at)) {
    endLine(reader);
    return reader.lineEnd?.length ?? 1;
  }
  if (reader.commenting) return 1;
  if (character === '#' && reader.options.comments === true && isBlank(reader)) {
    reader.commenting = true;
    return 1;
  }
  if (character !== ',') return append(reader, character);
  endField(reader);
  return 1;
}

function endLine(reader: Reader): void {
  if (!isBlank(reader) || reader.quoted) endRecord(reader);
  reader.commenting = false;
}

function endRecord(reader: Reader): void {
  endField(reader);
  reader.records.push(reader.record);
  reader.record = [];
}

function endField(reader: Reader): void {
  reader.record.push(reader.field);
  reader.field = '';
  reader.quoted = false;
}

function append(reader: Reader, character: string): number {
  reader.field += character;
  return 1;
}

function isBlank(reader: Reader): boolean {
  return reader.record.length === 0 && reader.field === '';
}

function startsLineEnd(reader: Reader, at: number): boolean {
  return reader.lineEnd !== undefined && reader.text.startsWith(reader.lineEnd, at);
}

function lineEndAt(text: string, at: number): string | undefined {
  return ['\r\n', '\n', '\r'].find((end) => text.startsWith(end, at));
}

function malformed(text: string, problem: string): Fault {
  return new Fault('TAG_RULE_MALFORMED', `Cannot read the line "${text.trim()}": ${problem}`, {
    hint: 'Fields stand between commas; put quotes around a whole field that holds a comma: "pattern=a,b"',
  });
}
