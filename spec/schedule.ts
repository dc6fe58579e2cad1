/** Times as cron has them. */

const NICKNAMES = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/** Minute, hour, day of the month, month, day of the week: lowest, highest, and names. */
const FIELDS: [low: number, high: number, names?: readonly string[]][] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12, ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]],
  [0, 6, ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]],
];

export const SCHEDULE_ALLOWED = '"0 3 * * *", "*/15 8-18 * * MON-FRI", @daily; the time is UTC';

/** Whether a cluster takes it: one that it refuses is told now, not when the traffic has moved. */
export function isSchedule(text: string): boolean {
  if (NICKNAMES.includes(text)) return true;
  const fields = text.trim().split(/\s+/);
  return fields.length === FIELDS.length && fields.every((field, i) => isField(field, FIELDS[i]!));
}

function isField(field: string, [low, high, names]: (typeof FIELDS)[number]): boolean {
  return field.split(",").every((part) => {
    const [, span = "", step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
    if (step !== undefined && Number(step) < 1) return false;
    if (span === "*") return true;
    const ends = span.split("-").map((end) => {
      const name = names?.indexOf(end.toUpperCase()) ?? -1;
      return name >= 0 ? name + low : /^\d+$/.test(end) ? Number(end) : NaN;
    });
    const [first = NaN, last = first] = ends;
    return ends.length <= 2 && first >= low && last <= high && first <= last;
  });
}
