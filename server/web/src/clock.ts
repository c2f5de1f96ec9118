/** Times of day on a clock somewhere, as instants. */

const DAY_MS = 86_400_000;

const TIME_OF_DAY = /^([01]?\d|2[0-3]):([0-5]\d)$/;

/** `HH:MM` of `h:mm` or `hh:mm` as typed, with the colon and the digits of either script; nothing where it is no time of day. */
export function timeOfDay(typed: string): string | undefined {
  const [, hours, minutes] = TIME_OF_DAY.exec(typed.normalize("NFKC").trim()) ?? [];
  return hours === undefined || minutes === undefined ? undefined : `${hours.padStart(2, "0")}:${minutes}`;
}

/**
 * RFC 3339 of a time of day as typed, on a date (`YYYY-MM-DD`) in an IANA zone; nothing where it is no time of day. Of two such
 * times, when clocks are put back, the first; one that clocks skip counts as if they had not been put forward.
 */
export function instantAt(date: string, time: string, zone: string): string | undefined {
  const clock = timeOfDay(time);
  if (clock === undefined) return undefined;
  const local = `${date}T${clock}:00`;
  const wall = Date.parse(`${local}Z`);
  const [before, after] = [offsetMs(wall - DAY_MS, zone), offsetMs(wall + DAY_MS, zone)];
  const stands = (offset: number): boolean => offsetMs(wall - offset, zone) === offset;
  return `${local}${offsetText(stands(before) || !stands(after) ? before : after)}`;
}

/** By how much the zone's clocks are ahead of UTC at an instant (milliseconds since 1970), to the minute. */
function offsetMs(instant: number, zone: string): number {
  const format = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
  const name = format.formatToParts(instant).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
}

function offsetText(offset: number): string {
  const minutes = Math.abs(offset) / 60_000;
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
