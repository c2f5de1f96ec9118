/** The page: fetches what the layers need, hands it to the map and the panels, and shows what went wrong. */

import "./style.css";

import { ApiProblem, call } from "./api/client";
import type { PlanExplanations, PlanList, RouteList, Session } from "./api/types";
import {
  bounds,
  dayAfter,
  demandCells,
  drawnRoutes,
  firstDate,
  outlets,
  outletsByKind,
  planToShow,
  routeRows,
  SEEN,
  type CellRow,
  type OutletRow,
  type Part,
  type RouteRow,
} from "./city";
import { h } from "./dom";
import { Explanations } from "./explanations";
import { preferredLanguage, Translator, type Language } from "./i18n";
import { MapView, type Features, type LayerName, type Picked } from "./map/map-view";
import { BookDesk } from "./book-desk";
import { causesInWords } from "./causes";
import { DayPlans } from "./day-plans";
import { factsPanel, outletName } from "./panels/facts";
import { layersPanel, routesPanel } from "./panels/layers";
import { loginForm } from "./panels/login";
import { planPanel } from "./panels/plan";
import { reasonsPanel } from "./panels/reasons";
import { pickedLines } from "./picked";
import { Redraw } from "./redraw";
import { Replanning } from "./replanning";

const LANGUAGE_KEY = "huilu.language";
const LAYER_ORDER: readonly LayerName[] = ["routes", "outlets", "cells", "roads"];
const NOTHING: Features = { type: "FeatureCollection", features: [] };

/** Everything the page shows; the panels are made anew from it, the map is told what changed. */
interface State {
  date: string;
  loading: boolean;
  problems: string[];
  cells: CellRow[];
  outlets: OutletRow[];
  routes: RouteRow[];
  shown: ReadonlySet<string>;
  visible: Record<LayerName, boolean>;
}

class Page {
  #t: Translator;
  #session: Session | undefined;
  #map: MapView | undefined;
  #side: HTMLElement = h("div");
  #state: State = {
    date: "",
    loading: false,
    problems: [],
    cells: [],
    outlets: [],
    routes: [],
    shown: new Set(),
    visible: { roads: true, cells: true, outlets: true, routes: true },
  };
  readonly #plans: DayPlans = new DayPlans({
    text: () => this.#t,
    date: () => this.#state.date,
    zone: () => this.#session?.time_zone ?? "UTC",
    call: (method, path, body) => call(method, path, body),
    causes: (error) => this.#causes(error),
    onChange: () => this.#load(),
    onRender: () => this.#renderSide(),
    onProgress: () => this.#renderPlan(),
    onFailure: (error) => this.#fail(error),
    locks: () => this.#replanning.locks,
    onOrdered: (plan, origin) => this.#replanning.ordered(plan, origin),
  });
  readonly #replanning: Replanning = new Replanning({
    text: () => this.#t,
    routes: (planId) => call<RouteList>("GET", `/v1/plans/${planId}/routes`),
    plans: () => this.#plans.all,
    onRender: () => this.#renderSide(),
    onFailure: (error) => this.#fail(error),
    onReplan: (planId) => this.#replan(planId),
  });
  readonly #explanations = new Explanations({
    ask: (planId) => call<PlanExplanations>("GET", `/v1/plans/${planId}/explanations?relax=true`),
    onRender: () => this.#renderSide(),
    onFailure: (error) => this.#fail(error),
  });
  readonly #desk = new BookDesk({
    text: () => this.#t,
    call,
    causes: (error) => causesInWords(this.#t, error, { texts: "fault", detail: this.#session?.role === "planner" }),
    onRender: () => this.#renderSide(),
    onFailure: (error) => this.#fail(error),
    onBooked: () => this.#side.querySelector("[data-booked]")?.scrollIntoView({ block: "nearest" }),
    map: () => this.#map,
  });
  #redraw = new Redraw();
  /** The card of the plan shown. */
  #planCard: HTMLElement | undefined;
  /** Answers of an earlier load that come late are dropped. */
  #loadNumber = 0;
  /** The map is moved to the city once, not at every refresh. */
  #fitted = false;

  constructor(readonly root: HTMLElement) {
    const kept = localStorage.getItem(LANGUAGE_KEY);
    const language: Language = kept === "en" || kept === "zh-CN" ? kept : preferredLanguage(navigator.languages);
    this.#t = new Translator(language);
  }

  async start(): Promise<void> {
    this.#applyLanguage();
    try {
      await this.#enter(await call<Session>("GET", "/v1/session"));
    } catch (error) {
      if (error instanceof ApiProblem && error.signedOut) this.#showLogin();
      else this.#showFailure(this.#explain(error), () => void this.start());
    }
  }

  #applyLanguage(): void {
    document.documentElement.lang = this.#t.language;
    document.title = this.#t.text("title");
  }

  #switchLanguage(): void {
    this.#t = new Translator(this.#t.language === "en" ? "zh-CN" : "en");
    localStorage.setItem(LANGUAGE_KEY, this.#t.language);
    this.#applyLanguage();
    this.#map?.setLabel(this.#t.text("mapLabel"));
    if (this.#session) this.#renderSide();
    else this.#showLogin();
  }

  /** Each fault by itself. */
  #causes(error: unknown): string[] {
    const planner = this.#session?.role === "planner";
    const words = causesInWords(this.#t, error, { texts: planner ? "cause" : "fault", detail: planner });
    return error instanceof ApiProblem && error.faults.length > 0 ? [error.message, ...words] : words;
  }

  #explain(error: unknown): string {
    return this.#causes(error).join(" ");
  }

  /** What somebody asked for has failed. */
  #fail(error: unknown): void {
    if (error instanceof ApiProblem && error.signedOut) {
      this.#showLogin();
      return;
    }
    this.#state.problems = [this.#explain(error)];
    this.#renderSide();
    this.#side.scrollTop = 0;
  }

  #showFailure(message: string, retry: () => void): void {
    this.root.replaceChildren(
      h(
        "main",
        { class: "login" },
        h(
          "div",
          { class: "card", role: "alert" },
          h("h1", {}, this.#t.text("errorTitle")),
          h("p", {}, message),
          h("button", { type: "button", class: "primary", onclick: retry }, this.#t.text("retry")),
        ),
      ),
    );
  }

  #showLogin(error?: string): void {
    this.#session = undefined;
    this.#loadNumber++;
    this.#plans.forget();
    this.#explanations.forget();
    this.#replanning.forget();
    this.#desk.forget();
    this.#map?.remove();
    this.#map = undefined;
    this.#fitted = false;
    const onSubmit = (token: string): void => void this.#signIn(token);
    this.root.replaceChildren(this.#languageButton("corner"), loginForm({ t: this.#t, error, onSubmit }));
    document.getElementById("token")?.focus();
  }

  async #signIn(token: string): Promise<void> {
    try {
      await this.#enter(await call<Session>("POST", "/v1/session", { token }));
    } catch (error) {
      const wrong = error instanceof ApiProblem && (error.signedOut || error.status === 422);
      this.#showLogin(wrong ? this.#t.text("tokenWrong") : this.#explain(error));
    }
  }

  async #signOut(): Promise<void> {
    try {
      await call("DELETE", "/v1/session");
    } catch (error) {
      if (!(error instanceof ApiProblem && error.signedOut)) {
        this.#state.problems = [this.#explain(error)];
        this.#renderSide();
        return;
      }
    }
    this.#showLogin();
  }

  async #enter(session: Session): Promise<void> {
    this.#session = session;
    this.#state.date = firstDate(session.today, await this.#plannedDates(session));
    this.#side = h("div", { class: "side" });
    this.#redraw = new Redraw();
    const mapElement = h("div", { class: "map", id: "map" });
    this.root.replaceChildren(h("main", { class: "page" }, this.#side, h("div", { class: "map-frame" }, mapElement)));
    try {
      this.#map = new MapView({
        container: mapElement,
        label: this.#t.text("mapLabel"),
        onPick: (picked) => this.#showPicked(picked),
        onPlace: (at) => this.#desk.pick(at),
      });
    } catch {
      mapElement.append(h("p", { class: "error", role: "alert" }, this.#t.text("mapFailed")));
    }
    this.#renderSide();
    if (session.role !== "collector") void this.#desk.start(session.role, session.today);
    await this.#load();
  }

  #sees(part: Part): boolean {
    return this.#session !== undefined && SEEN[this.#session.role].has(part);
  }

  /** Those of today and tomorrow that have a plan, as far as this session may know; what fails is told by the load that follows. */
  async #plannedDates({ role, today }: Session): Promise<ReadonlySet<string>> {
    const planned = new Set<string>();
    const hasPlan = async (date: string): Promise<boolean> => {
      if (SEEN[role].has("plans")) {
        return planToShow((await call<PlanList>("GET", `/v1/plans?date=${date}`)).plans) !== undefined;
      }
      return SEEN[role].has("routes") && (await call<RouteList>("GET", `/v1/routes?date=${date}`)).routes.length > 0;
    };
    for (const date of [today, dayAfter(today)]) {
      try {
        if (await hasPlan(date)) planned.add(date);
      } catch {
        continue;
      }
    }
    return planned;
  }

  #refresh(): void {
    void this.#load();
    if (this.#sees("book")) void this.#desk.reload();
  }

  /** Fetches every layer; one that fails is named and leaves the others standing. */
  async #load(): Promise<void> {
    const number = ++this.#loadNumber;
    document.getElementById("map")?.removeAttribute("data-drawn");
    const problems = new Set<string>();
    this.#state.loading = true;
    this.#renderSide();
    const date = encodeURIComponent(this.#state.date);
    const fetched = async <T>(part: Part, path: string, otherwise: T): Promise<T> => {
      if (!this.#sees(part)) return otherwise;
      try {
        return await call<T>("GET", path);
      } catch (error) {
        if (error instanceof ApiProblem && error.signedOut) throw error;
        problems.add(this.#explain(error));
        return otherwise;
      }
    };
    try {
      const [roads, cellFeatures, outletFeatures, lines, routeList, plans] = await Promise.all([
        fetched<Features>("roads", "/v1/map/roads", NOTHING),
        fetched<Features>("cells", `/v1/map/cells?date=${date}`, NOTHING),
        fetched<Features>("outlets", "/v1/map/outlets", NOTHING),
        fetched<Features>("routes", `/v1/map/routes?date=${date}`, NOTHING),
        fetched<Pick<RouteList, "routes">>("routes", `/v1/routes?date=${date}`, { routes: [] }),
        fetched<Pick<PlanList, "plans">>("plans", `/v1/plans?date=${date}`, { plans: [] }),
      ]);
      if (number !== this.#loadNumber || !this.#session) return;
      const cells = demandCells(cellFeatures);
      const places = outlets(outletFeatures);
      const rows = routeRows(routeList.routes);
      this.#plans.set(plans.plans);
      this.#explanations.forget();
      Object.assign(this.#state, {
        loading: false,
        problems: [...problems],
        cells: cells.rows,
        outlets: places.rows,
        routes: rows,
        shown: new Set(rows.map((row) => row.id)),
      });
      this.#renderSide();
      await this.#draw(roads, cells, places.drawn, drawnRoutes(lines, routeList.routes, rows));
      this.#plans.follow();
    } catch (error) {
      if (number === this.#loadNumber) this.#showLogin(error instanceof ApiProblem ? undefined : this.#explain(error));
    }
  }

  async #draw(
    roads: Features,
    cells: ReturnType<typeof demandCells>,
    places: Features,
    routes: Features,
  ): Promise<void> {
    const map = this.#map;
    if (!map) return;
    await map.setData("roads", roads);
    await map.setCellClasses(cells.breaks);
    await map.setData("cells", cells.drawn);
    await map.setData("outlets", places);
    await map.setShownRoutes([...this.#state.shown]);
    await map.setData("routes", routes);
    const box = bounds(roads) ?? bounds(places);
    if (box && !this.#fitted) {
      this.#fitted = true;
      await map.fit(box);
    }
    await map.drawn();
    // Tells a test (and nobody else) that the picture is complete.
    document.getElementById("map")?.setAttribute("data-drawn", this.#state.date);
  }

  #languageButton(extra = ""): HTMLElement {
    return h(
      "button",
      {
        type: "button",
        class: `language ${extra}`,
        "data-key": "language",
        lang: this.#t.language === "en" ? "zh-CN" : "en",
        onclick: () => this.#switchLanguage(),
      },
      this.#t.text("language"),
    );
  }

  #header(): HTMLElement {
    const t = this.#t;
    const date = h("input", {
      type: "date",
      id: "date",
      value: this.#state.date,
      required: true,
      onchange: (event) => {
        const { value } = event.target as HTMLInputElement;
        if (value === "" || value === this.#state.date) return;
        this.#state.date = value;
        this.#plans.forget();
        this.#replanning.forget();
        void this.#load();
      },
    });
    return h(
      "header",
      { class: "card" },
      h("h1", {}, t.text("title")),
      h("p", { class: "muted" }, t.text("subtitle")),
      h(
        "div",
        { class: "bar" },
        h("label", { for: "date" }, t.text("date")),
        date,
        h("button", { type: "button", "data-key": "refresh", onclick: () => this.#refresh() }, t.text("refresh")),
      ),
      h(
        "div",
        { class: "bar" },
        this.#languageButton(),
        h("button", { type: "button", "data-key": "signOut", onclick: () => void this.#signOut() }, t.text("signOut")),
      ),
    );
  }

  #plan(): HTMLElement {
    const plan = this.#plans.shown;
    this.#planCard = planPanel(this.#t, plan, this.#names(), (left) => this.#reasons(left.id));
    if (plan) this.#planCard.append(...this.#replanning.panels(plan));
    return this.#planCard;
  }

  /** The order's form, filled in to start from this plan, and the first thing to say of it. */
  #replan(planId: string): void {
    this.#plans.startFrom(planId);
    const form = this.#side.querySelector<HTMLDetailsElement>("details[data-key=order]");
    if (form) form.open = true;
    form?.querySelector<HTMLElement>("[name=freezeBefore]")?.focus();
  }

  #reasons(planId: string): HTMLElement {
    return reasonsPanel({
      t: this.#t,
      explanations: this.#explanations.of(planId),
      asking: this.#explanations.isAsking(planId),
      names: this.#names(),
      onAsk: () => void this.#explanations.ask(planId),
    });
  }

  /** Of vehicles and outlets, by id. */
  #names(): ReadonlyMap<string, string> {
    const { outlets, routes } = this.#state;
    return new Map([
      ...routes.map((row) => [row.vehicleId, row.vehicle] as const),
      ...outlets.map((row) => [row.id, outletName(this.#t, row)] as const),
    ]);
  }

  #renderPlan(): void {
    const before = this.#planCard;
    if (before?.isConnected) this.#redraw.around(this.#side, () => before.replaceWith(this.#plan()));
  }

  #renderSide(): void {
    this.#redraw.around(this.#side, () => this.#side.replaceChildren(...this.#panels()));
  }

  #panels(): HTMLElement[] {
    const t = this.#t;
    const state = this.#state;
    return [
      this.#header(),
      h(
        "div",
        { role: "status", "aria-live": "polite" },
        state.loading && h("p", { class: "muted" }, t.text("loading")),
        ...state.problems.map((problem) => h("p", { class: "card error" }, problem)),
      ),
      ...(!this.#sees("plans") || (state.loading && !this.#plans.shown)
        ? []
        : [this.#plan(), this.#plans.panel()]),
      ...(this.#sees("book") ? [this.#desk.panel()] : []),
      layersPanel({
        t,
        layers: LAYER_ORDER.filter((layer) => this.#sees(layer)),
        visible: state.visible,
        kinds: outletsByKind(state.outlets),
        onToggle: (layer, visible) => {
          state.visible[layer] = visible;
          void this.#map?.setVisible(layer, visible);
        },
      }),
      ...(!this.#sees("routes")
        ? []
        : [
            routesPanel({
              t,
              rows: state.routes,
              shown: state.shown,
              onShow: (shown) => {
                state.shown = shown;
                void this.#map?.setShownRoutes([...shown]);
              },
            }),
          ]),
      factsPanel({
        t,
        cells: this.#sees("cells") ? state.cells : undefined,
        outlets: state.outlets,
        onGo: (at) => this.#map?.flyTo(at),
      }),
    ];
  }

  #showPicked(picked: Picked): void {
    const [first, ...rest] = pickedLines(this.#t, picked, this.#state);
    if (first === undefined) return;
    this.#map?.showPopup(picked.at, h("div", {}, h("strong", {}, first), ...rest.map((line) => h("div", {}, line))));
  }
}

const root = document.getElementById("app");
if (root) void new Page(root).start();
