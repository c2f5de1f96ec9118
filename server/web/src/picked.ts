/** What is told of a thing that was clicked on the map. */

import type { CellRow, OutletRow, RouteRow } from "./city";
import type { Translator } from "./i18n";
import type { Picked } from "./map/map-view";
import { outletName } from "./panels/facts";

/** What is drawn. */
export interface Drawn {
  cells: readonly CellRow[];
  outlets: readonly OutletRow[];
  routes: readonly RouteRow[];
}

/** Line by line, the name first; none where nothing is known of it. */
export function pickedLines(t: Translator, { layer, properties }: Picked, drawn: Drawn): string[] {
  const lines: string[] = [];
  if (layer === "outlets") {
    const row = drawn.outlets.find((outlet) => outlet.id === properties["id"]);
    if (row) lines.push(outletName(t, row), t.code("tier", row.kind));
  } else if (layer === "routes") {
    const outlet = drawn.outlets.find(({ id }) => id === properties["outlet"]);
    if (outlet) lines.push(outletName(t, outlet), t.code("step", String(properties["step"])));
    const row = drawn.routes.find((route) => route.id === properties["route"]);
    if (row) {
      lines.push(row.vehicle, `${t.text("stops")}: ${t.number(row.stops)}`, t.kilometres(row.metres), t.hours(row.seconds));
      if (typeof properties["eta"] === "string") lines.push(`ETA ${properties["eta"].slice(11, 16)}`);
    }
  } else if (layer === "cells") {
    const row = drawn.cells.find((cell) => cell.cell === properties["cell"]);
    if (row) {
      lines.push(row.cell, `${t.text("zone")}: ${t.number(row.zone)}`);
      lines.push(`${t.text("bookings")}: ${t.number(row.bookings)}`, t.kilograms(row.grams));
    }
  }
  return lines;
}
