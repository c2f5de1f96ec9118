/**
 * The map: it is handed data, draws it and says what was clicked. It never fetches, and knows neither plans nor
 * the server. There are no tiles: what is drawn is the city's own road graph.
 */

import type { FeatureCollection } from "geojson";
import type { ExpressionSpecification, FilterSpecification, GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import * as maplibre from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import "maplibre-gl/dist/maplibre-gl.css";

import { CELL_COLOURS, OTHER_TIER_COLOUR, PLACE_COLOUR, ROAD_COLOUR, TIER_COLOURS } from "./palette";

export type LayerName = "roads" | "cells" | "outlets" | "routes";

export type Features = FeatureCollection;

export interface Picked {
  layer: LayerName;
  properties: Record<string, unknown>;
  at: { lng: number; lat: number };
}

export interface MapViewOptions {
  container: HTMLElement;
  label: string;
  onPick: (picked: Picked) => void;
  /** Where somebody clicked who was asked for a place. */
  onPlace: (at: { lng: number; lat: number }) => void;
}

const EMPTY: Features = { type: "FeatureCollection", features: [] };

const LAYERS: Readonly<Record<LayerName, readonly string[]>> = {
  roads: ["roads"],
  cells: ["cells", "cells-edge"],
  outlets: ["outlets"],
  routes: ["routes-casing", "routes", "stops", "calls"],
};

const AT_DOORS: FilterSpecification = ["==", ["get", "step"], "job"];
/** An outlet is emptied or unloaded at. */
const AT_OUTLETS: FilterSpecification = ["in", ["get", "step"], ["literal", ["clear", "unload"]]];

/** Names of the properties that the drawing reads; everything else is only passed on when picked. */
export interface DrawnProperties {
  /** Of a cell: the value its colour stands for. */
  value: number;
  /** Of an outlet. */
  tier: string;
  /** Of a route line and its stops. */
  colour: string;
  route: string;
  /** Of a stop: `job`, `clear` or `unload`. */
  step: string;
}

export class MapView {
  readonly #map: MapLibre;
  readonly #ready: Promise<void>;
  /** The next click is a place. */
  #picking = false;
  #place: maplibre.Marker | undefined;

  /** @throws when the browser has no WebGL */
  constructor(options: MapViewOptions) {
    maplibre.setWorkerUrl(new URL(workerUrl, location.href).href);
    this.#map = new maplibre.Map({
      container: options.container,
      style: {
        version: 8,
        sources: {},
        layers: [{ id: "ground", type: "background", paint: { "background-color": "#f5f3ee" } }],
      },
      center: [113.55, 22.17],
      zoom: 10,
      attributionControl: false,
      fadeDuration: 0,
      dragRotate: false,
      pitchWithRotate: false,
    });
    this.setLabel(options.label);
    this.#map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
    this.#map.addControl(new maplibre.ScaleControl({ unit: "metric" }), "bottom-left");
    this.#ready = new Promise((resolve) => {
      this.#map.once("load", () => {
        this.#addLayers();
        this.#listen(options);
        resolve();
      });
    });
  }

  /** What a screen reader says of the map. */
  setLabel(label: string): void {
    this.#map.getCanvas().setAttribute("aria-label", label);
  }

  /** Resolves once what was handed over so far is drawn. */
  async drawn(): Promise<void> {
    await this.#ready;
    if (this.#map.loaded() && !this.#map.isMoving()) return;
    await new Promise<void>((resolve) => this.#map.once("idle", () => resolve()));
  }

  async setData(layer: LayerName, features: Features): Promise<void> {
    await this.#ready;
    this.#source(layer)?.setData(features);
  }

  /** `breaks` are the lower bounds of the classes after the first. */
  async setCellClasses(breaks: readonly number[]): Promise<void> {
    await this.#ready;
    const steps: (string | number)[] = breaks.flatMap((value, k) => [value, CELL_COLOURS[k + 1] ?? CELL_COLOURS[0]]);
    const colour = steps.length === 0 ? CELL_COLOURS[0] : ["step", ["get", "value"], CELL_COLOURS[0], ...steps];
    this.#map.setPaintProperty("cells", "fill-color", colour as ExpressionSpecification | string);
  }

  async setVisible(layer: LayerName, visible: boolean): Promise<void> {
    await this.#ready;
    for (const id of LAYERS[layer]) this.#map.setLayoutProperty(id, "visibility", visible ? "visible" : "none");
  }

  /** Only these routes are drawn. */
  async setShownRoutes(routes: readonly string[]): Promise<void> {
    await this.#ready;
    const filter: FilterSpecification = ["in", ["get", "route"], ["literal", [...routes]]];
    this.#map.setFilter("routes", filter);
    this.#map.setFilter("routes-casing", filter);
    this.#map.setFilter("stops", ["all", AT_DOORS, filter] as FilterSpecification);
    this.#map.setFilter("calls", ["all", AT_OUTLETS, filter] as FilterSpecification);
  }

  async fit(box: readonly [number, number, number, number]): Promise<void> {
    await this.#ready;
    this.#map.fitBounds([box[0], box[1], box[2], box[3]], { padding: 24, animate: false });
  }

  showPopup(at: { lng: number; lat: number }, content: HTMLElement): void {
    new maplibre.Popup({ maxWidth: "280px", closeButton: true }).setLngLat(at).setDOMContent(content).addTo(this.#map);
  }

  flyTo(at: { lng: number; lat: number }): void {
    this.#map.easeTo({ center: [at.lng, at.lat], zoom: Math.max(this.#map.getZoom(), 14), duration: 400 });
  }

  setPicking(on: boolean): void {
    this.#picking = on;
    this.#map.getCanvas().style.cursor = on ? "crosshair" : "";
  }

  /** Marks the place of a pickup. */
  setPlace(at: { lng: number; lat: number } | undefined): void {
    this.#place?.remove();
    this.#place = at && new maplibre.Marker({ color: PLACE_COLOUR }).setLngLat(at).addTo(this.#map);
  }

  centre(): { lng: number; lat: number } {
    const { lng, lat } = this.#map.getCenter();
    return { lng, lat };
  }

  remove(): void {
    this.#map.remove();
  }

  #source(layer: LayerName): GeoJSONSource | undefined {
    return this.#map.getSource<GeoJSONSource>(layer);
  }

  #addLayers(): void {
    for (const name of Object.keys(LAYERS)) this.#map.addSource(name, { type: "geojson", data: EMPTY });
    const tierColour = ["match", ["get", "tier"], ...Object.entries(TIER_COLOURS).flat(), OTHER_TIER_COLOUR];
    const tierRadius = ["match", ["get", "tier"], "sorting_center", 8, "transfer_station", 6.5, 4.5];
    this.#map.addLayer({
      id: "cells",
      type: "fill",
      source: "cells",
      paint: { "fill-color": CELL_COLOURS[0], "fill-opacity": 0.6 },
    });
    this.#map.addLayer({
      id: "cells-edge",
      type: "line",
      source: "cells",
      paint: { "line-color": "#127a53", "line-opacity": 0.25, "line-width": 0.6 },
    });
    this.#map.addLayer({
      id: "roads",
      type: "line",
      source: "roads",
      paint: {
        "line-color": ROAD_COLOUR,
        "line-width": [
          "interpolate",
          ["linear"],
          ["zoom"],
          10,
          ["match", ["get", "class"], "major", 1, "path", 0.2, 0.4],
          14,
          ["match", ["get", "class"], "major", 2.2, "path", 0.6, 1.1],
          17,
          ["match", ["get", "class"], "major", 7, "path", 1.5, 4],
        ],
      },
    });
    this.#map.addLayer({
      id: "routes-casing",
      type: "line",
      source: "routes",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": "#ffffff", "line-width": ["interpolate", ["linear"], ["zoom"], 10, 2.5, 16, 7] },
    });
    this.#map.addLayer({
      id: "routes",
      type: "line",
      source: "routes",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": ["get", "colour"],
        "line-width": ["interpolate", ["linear"], ["zoom"], 10, 1.4, 16, 4.5],
        "line-opacity": 0.85,
      },
    });
    this.#map.addLayer({
      id: "stops",
      type: "circle",
      source: "routes",
      filter: AT_DOORS,
      minzoom: 12,
      paint: {
        "circle-color": "#ffffff",
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 1.8, 16, 4.5],
        "circle-stroke-color": ["get", "colour"],
        "circle-stroke-width": 1.5,
      },
    });
    this.#map.addLayer({
      id: "outlets",
      type: "circle",
      source: "outlets",
      paint: {
        "circle-color": tierColour as ExpressionSpecification,
        "circle-radius": tierRadius as ExpressionSpecification,
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 1.5,
      },
    });
    // A ring around the outlet: wide where it is emptied, narrow where something is unloaded.
    this.#map.addLayer({
      id: "calls",
      type: "circle",
      source: "routes",
      filter: AT_OUTLETS,
      paint: {
        "circle-color": "#ffffff",
        "circle-opacity": 0.01,
        "circle-radius": ["match", ["get", "step"], "clear", 11, 8.5],
        "circle-stroke-color": ["get", "colour"],
        "circle-stroke-width": ["match", ["get", "step"], "clear", 3, 1.2],
      },
    });
  }

  #listen({ onPick, onPlace }: MapViewOptions): void {
    const pickable = ["outlets", "calls", "stops", "routes", "cells"];
    this.#map.on("click", (event) => {
      if (this.#picking) {
        onPlace({ lng: event.lngLat.lng, lat: event.lngLat.lat });
        return;
      }
      const feature = this.#map.queryRenderedFeatures(event.point, { layers: pickable })[0];
      if (!feature) return;
      const layer = feature.source as LayerName;
      onPick({ layer, properties: { ...feature.properties }, at: { lng: event.lngLat.lng, lat: event.lngLat.lat } });
    });
    this.#map.on("mousemove", (event) => {
      if (this.#picking) return;
      const over = this.#map.queryRenderedFeatures(event.point, { layers: pickable }).length > 0;
      this.#map.getCanvas().style.cursor = over ? "pointer" : "";
    });
  }
}
