// When a cron job runs next, in UTC.

/** Seven days and the like are intervals of their own; everything else is a set of allowed values per field. */
export type CronTimes = { kind: "interval"; ms: number } | { kind: "fields"; fields: CronFields };

export interface CronFields {
  minutes: number[];
  hours: number[];
  days: number[];
  /** 1 to 12 */
  months: number[];
  /** 0, Sunday, to 6 */
  weekdays: number[];
  /** With both kinds of days restricted, a day of either kind will do. */
  eitherDay: boolean;
}

interface FieldRule {
  name: string;
  least: number;
  most: number;
  names: readonly string[];
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const RULES: readonly FieldRule[] = [
  { name: "minute", least: 0, most: 59, names: [] },
  { name: "hour", least: 0, most: 23, names: [] },
  { name: "day of the month", least: 1, most: 31, names: [] },
  { name: "month", least: 1, most: 12, names: MONTHS },
  { name: "day of the week", least: 0, most: 7, names: WEEKDAYS },
];
const MINUTE_MS = 60_000;
/** February 29th may be eight years away. */
const YEARS_AHEAD = 9;

/** Reads the five fields of cron syntax; the error says which one is wrong. */
export function parseCron(text: string): CronFields {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== RULES.length) {
    throw new Error(`"${text}" must have five fields: minute, hour, day, month, day of the week`);
  }
  const [minutes, hours, days, months, weekdays] = parts.map((part, i) => parseField(part, RULES[i]!));
  return {
    minutes: minutes!,
    hours: hours!,
    days: days!,
    months: months!,
    // 7 is Sunday too.
    weekdays: [...new Set(weekdays!.map((day) => day % 7))],
    eitherDay: parts[2] !== "*" && parts[4] !== "*",
  };
}

function parseField(text: string, rule: FieldRule): number[] {
  const values = new Set<number>();
  for (const item of text.split(",")) {
    const [, range, step] = /^([^/]+)(?:\/(\d+))?$/.exec(item) ?? [];
    const [low, high] = range === undefined ? [NaN, NaN] : parseRange(range, step !== undefined, rule);
    const by = Number(step ?? 1);
    if (!(low >= rule.least && high <= rule.most && low <= high && by >= 1)) {
      throw new Error(`"${item}" is no ${rule.name} between ${rule.least} and ${rule.most}`);
    }
    for (let value = low; value <= high; value += by) values.add(value);
  }
  return [...values];
}

function parseRange(text: string, hasStep: boolean, rule: FieldRule): [number, number] {
  if (text === "*") return [rule.least, rule.most];
  const [low = "", high, ...rest] = text.split("-");
  if (rest.length > 0) return [NaN, NaN];
  const first = parseValue(low, rule);
  // `5/15` starts at 5 and goes on to the end.
  const last = high === undefined ? (hasStep ? rule.most : first) : parseValue(high, rule);
  return [first, last];
}

function parseValue(text: string, { names, least }: FieldRule): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + least;
  return /^\d+$/.test(text) ? Number(text) : NaN;
}

/** The first time after `after`, both in milliseconds; null when there is none. */
export function nextRun(times: CronTimes, previous: number, after: number): number | null {
  if (times.kind === "interval") {
    const missed = Math.floor(Math.max(0, after - previous) / times.ms);
    return previous + (missed + 1) * times.ms;
  }
  return nextMatch(times.fields, after);
}

function nextMatch(fields: CronFields, after: number): number | null {
  const time = new Date(Math.floor(after / MINUTE_MS) * MINUTE_MS + MINUTE_MS);
  const last = time.getUTCFullYear() + YEARS_AHEAD;
  // Each step leaves out everything that cannot match.
  while (time.getUTCFullYear() < last) {
    if (!fields.months.includes(time.getUTCMonth() + 1)) {
      time.setUTCMonth(time.getUTCMonth() + 1, 1);
      time.setUTCHours(0, 0);
    } else if (!dayMatches(fields, time)) {
      time.setUTCDate(time.getUTCDate() + 1);
      time.setUTCHours(0, 0);
    } else if (!fields.hours.includes(time.getUTCHours())) {
      time.setUTCHours(time.getUTCHours() + 1, 0);
    } else if (!fields.minutes.includes(time.getUTCMinutes())) {
      time.setUTCMinutes(time.getUTCMinutes() + 1);
    } else {
      return time.getTime();
    }
  }
  return null;
}

function dayMatches({ days, weekdays, eitherDay }: CronFields, time: Date): boolean {
  const [day, weekday] = [days.includes(time.getUTCDate()), weekdays.includes(time.getUTCDay())];
  return eitherDay ? day || weekday : day && weekday;
}
