// The cron jobs that `crons.ts` declares, checked against the functions they run.
import { canonicalPath, type FunctionInfo } from "./functions.ts";
import { Failure } from "../failure.ts";
import { type CronTimes, parseCron } from "../schedule/cronTimes.ts";
import type { Json } from "../values/json.ts";

export interface CronJob {
  name: string;
  path: string;
  /** JSON text of the argument list. */
  args: string;
  times: CronTimes;
}

/** As npm convex's `cronJobs()` keeps them. */
interface Registered {
  isCrons?: true;
  crons?: Record<string, { name: string; args: Json; schedule: Schedule }>;
}
interface Schedule {
  type: string;
  seconds?: number;
  minutes?: number;
  hours?: number;
  minuteUTC?: number;
  hourUTC?: number;
  dayOfWeek?: string;
  day?: number;
  cron?: string;
}

const WEEKDAY_LETTERS = 3;
const SECOND_MS = 1000;

export function readCrons(
  exported: Record<string, unknown> | undefined,
  functions: ReadonlyMap<string, FunctionInfo>,
): CronJob[] {
  if (exported === undefined) return [];
  const { isCrons, crons = {} } = (exported["default"] ?? {}) as Registered;
  if (!isCrons) throw invalid("the default export must be made by cronJobs()");
  return Object.entries(crons).map(([name, { name: called, args, schedule }]) => {
    const path = canonicalPath(called);
    const kind = functions.get(path ?? "")?.kind;
    if (path === null || kind === undefined) throw invalid(`"${name}" runs ${called}, which does not exist`);
    if (kind === "Query") throw invalid(`"${name}" runs ${called}, which is a query`);
    return { name, path, args: JSON.stringify(args), times: timesOf(name, schedule) };
  });
}

function timesOf(name: string, schedule: Schedule): CronTimes {
  const { seconds, minutes, hours } = schedule;
  if (schedule.type === "interval") {
    return { kind: "interval", ms: (seconds ?? (minutes ?? hours! * 60) * 60) * SECOND_MS };
  }
  try {
    return { kind: "fields", fields: parseCron(cronText(name, schedule)) };
  } catch (error) {
    throw invalid(`"${name}": ${(error as Error).message}`);
  }
}

function cronText(name: string, { type, minuteUTC, hourUTC, dayOfWeek, day, cron }: Schedule): string {
  // A job that names no minute gets one of its own, always the same.
  const minute = minuteUTC ?? [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 60;
  switch (type) {
    case "hourly":
      return `${minute} * * * *`;
    case "daily":
      return `${minute} ${hourUTC} * * *`;
    case "weekly":
      return `${minute} ${hourUTC} * * ${dayOfWeek!.slice(0, WEEKDAY_LETTERS)}`;
    case "monthly":
      return `${minute} ${hourUTC} ${day} * *`;
    case "cron":
      return cron!;
    default:
      throw new Error(`unknown kind of schedule ${type}`);
  }
}

function invalid(reason: string): Failure {
  return new Failure("AnalyzeFailed", `crons: ${reason}.`);
}
