/** Which layers and routes are drawn, and what their colours mean. */

import { totalsByKind, type RouteRow, type RouteTotals } from "../city";
import { h, swatch } from "../dom";
import type { Translator } from "../i18n";
import type { LayerName } from "../map/map-view";
import { CELL_COLOURS, OTHER_TIER_COLOUR, ROAD_COLOUR, TIER_COLOURS } from "../map/palette";

export interface LayersOptions {
  t: Translator;
  /** Those to choose from, topmost first. */
  layers: readonly LayerName[];
  visible: Readonly<Record<LayerName, boolean>>;
  kinds: readonly { kind: string; count: number }[];
  onToggle: (layer: LayerName, visible: boolean) => void;
}

export function layersPanel({ t, layers, visible, kinds, onToggle }: LayersOptions): HTMLElement {
  const legends: Record<LayerName, HTMLElement | undefined> = {
    roads: h("span", { class: "legend" }, swatch(ROAD_COLOUR, "line")),
    cells: h(
      "span",
      { class: "legend" },
      t.text("legend.less"),
      ...CELL_COLOURS.map((colour) => swatch(colour)),
      t.text("legend.more"),
    ),
    outlets: h(
      "ul",
      { class: "legend plain" },
      ...kinds.map(({ kind, count }) =>
        h("li", {}, swatch(TIER_COLOURS[kind] ?? OTHER_TIER_COLOUR, "dot"), ` ${t.code("tier", kind)} (${t.number(count)})`),
      ),
    ),
    routes: undefined,
  };
  return h(
    "section",
    { class: "card", "aria-labelledby": "layers-title" },
    h("h2", { id: "layers-title" }, t.text("layers")),
    ...layers.map((layer) =>
      h(
        "div",
        { class: "layer" },
        h(
          "label",
          {},
          h("input", {
            type: "checkbox",
            name: `layer-${layer}`,
            checked: visible[layer],
            onchange: (event) => onToggle(layer, (event.target as HTMLInputElement).checked),
          }),
          ` ${t.text(`layer.${layer}`)}`,
        ),
        legends[layer],
      ),
    ),
  );
}

export interface RoutesOptions {
  t: Translator;
  rows: readonly RouteRow[];
  shown: ReadonlySet<string>;
  onShow: (routes: ReadonlySet<string>) => void;
}

/** The routes as a table that is their legend and their switches at once. */
export function routesPanel({ t, rows, shown, onShow }: RoutesOptions): HTMLElement {
  const panel = h("section", { class: "card", "aria-labelledby": "routes-title" }, h("h2", { id: "routes-title" }, t.text("routes")));
  if (rows.length === 0) {
    panel.append(h("p", {}, t.text("routesNone")));
    return panel;
  }
  const boxes = new Map<string, HTMLInputElement>();
  const announce = (): void => onShow(new Set([...boxes].filter(([, box]) => box.checked).map(([id]) => id)));
  const setAll = (checked: boolean): void => {
    for (const box of boxes.values()) box.checked = checked;
    announce();
  };
  const figures = (sums: RouteTotals): HTMLElement[] => [
    h("td", { class: "number" }, t.number(sums.stops)),
    h("td", { class: "number" }, t.number(sums.unloads)),
    h("td", { class: "number" }, t.kilometres(sums.metres)),
    h("td", { class: "number" }, t.hours(sums.seconds)),
    h("td", { class: "number" }, t.kilograms(sums.grams)),
  ];
  const bodies = totalsByKind(rows).map(({ kind, rows: own, totals }) => {
    const body = h("tbody", { "data-kind": kind });
    body.append(h("tr", { class: "group" }, h("th", { scope: "rowgroup", colspan: 7 }, t.code("kind", kind))));
    for (const row of own) {
      const box = h("input", {
        type: "checkbox",
        name: "route",
        value: row.id,
        checked: shown.has(row.id),
        "aria-label": row.vehicle,
        onchange: announce,
      });
      boxes.set(row.id, box);
      const name = h("th", { scope: "row" }, swatch(row.colour, "line"), ` ${row.vehicle}`);
      body.append(h("tr", {}, h("td", {}, box), name, ...figures(row)));
    }
    body.append(h("tr", { class: "total" }, h("td"), h("td", {}, t.text("total")), ...figures(totals)));
    return body;
  });
  panel.append(
    h(
      "p",
      { class: "actions" },
      h("button", { type: "button", "data-key": "routesAll", onclick: () => setAll(true) }, t.text("routesAll")),
      h("button", { type: "button", "data-key": "routesNone", onclick: () => setAll(false) }, t.text("routesNoneShown")),
    ),
    h(
      "div",
      { class: "scroll", "data-key": "routes", tabindex: 0, role: "region", "aria-labelledby": "routes-title" },
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("td"),
            h("th", { scope: "col" }, t.text("vehicle")),
            ...(["stops", "unloads", "distance", "duration", "mass"] as const).map((key) =>
              h("th", { scope: "col", class: "number" }, t.text(key)),
            ),
          ),
        ),
        ...bodies,
      ),
    ),
  );
  return panel;
}
