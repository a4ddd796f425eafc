import moment from 'moment-timezone';

/** A format of Moment, `YYYYMMDD-HHmmss` for example, and a time zone such as `Europe/Berlin`. */
export interface DateStyle {
  /** Default: ISO 8601 without fractions, `2020-01-10T00:30:00Z`. */
  readonly format: string | undefined;
  readonly timeZone: string;
}

/** Formats a time in a time zone, in English. An unknown zone counts as UTC; ask `isTimeZone` first. */
export function formatDate(date: Date, { format, timeZone }: DateStyle): string {
  return moment(date)
    .locale('en')
    .tz(isTimeZone(timeZone) ? timeZone : 'UTC')
    .format(format);
}

/** Whether the time zone database has a zone of this name; case does not matter. */
export function isTimeZone(name: string): boolean {
  return moment.tz.zone(name) !== null;
}
