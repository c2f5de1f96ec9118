/** Colours of the map and its legend: one place, so that both agree. */

/** Distinguishable for most colour-blind readers when drawn side by side; reused in order where there are more vehicles. */
const ROUTE_COLOURS = [
  "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d00", "#56b4e9", "#a0522d", "#6a3d9a",
  "#b2182b", "#1b7837", "#4d4dff", "#e08214", "#00868b", "#c51b7d", "#556b2f", "#7f0000",
] as const;

export const TIER_COLOURS: Readonly<Record<string, string>> = {
  smart_bin: "#3b7dd8",
  collection_point: "#0f6b4f",
  transfer_station: "#e0a100",
  sorting_center: "#a3195b",
};

export const OTHER_TIER_COLOUR = "#555555";

/** Light to dark for little to much demand. */
export const CELL_COLOURS = ["#e8f3ec", "#bfe0cd", "#86c5a4", "#45a279", "#127a53"] as const;

export const ROAD_COLOUR = "#a9a294";

/** Of the place that a pickup is booked for. */
export const PLACE_COLOUR = "#a3231a";

export function routeColour(index: number): string {
  return ROUTE_COLOURS[index % ROUTE_COLOURS.length] ?? ROUTE_COLOURS[0];
}

/**
 * Lower bounds of the classes after the first, at the quintiles of the positive values, strictly rising:
 * demand is so uneven that equal steps would paint nearly every cell alike.
 */
export function classBreaks(values: readonly number[], classes = CELL_COLOURS.length): number[] {
  const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
  const breaks: number[] = [];
  for (let k = 1; k < classes; k++) {
    const value = sorted[Math.floor((k * sorted.length) / classes)];
    if (value !== undefined && value > (breaks.at(-1) ?? sorted[0] ?? 0)) breaks.push(value);
  }
  return breaks;
}
