// Goal: the map page of the built binary shows a planner the demo city, and keeps everyone else out.
// Method: a real browser against a real server with the demo's data; what is drawn is compared as pixels, what is
// listed with the answers of the API; nothing may reach the console or leave the server's own address.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { differingPixels } from "./browser.js";
import { CityPage } from "./city-page.js";
import { setStage } from "./stage.js";

const LAYERS = ["roads", "cells", "outlets", "routes"];

const stage = setStage();

describe("the map page", () => {
  let watched;
  let city;

  async function open(options) {
    watched = await stage.page(options);
    city = new CityPage(watched.page);
    await city.open();
  }

  async function openAs(role, options) {
    await open(options);
    await city.signIn(stage.server.tokens[role]);
    return city.drawnDate();
  }

  const openAsPlanner = (options) => openAs("planner", options);

  it("says that a wrong token was not accepted, and lets nobody in", async () => {
    await open();
    await city.signIn("wrong-token");
    assert.match(await city.alert(), /令牌不被接受/);
    assert.equal(await watched.page.locator("#map").count(), 0);
    const response = await watched.page.request.get("/v1/map/outlets");
    assert.equal(response.status(), 401);
  });

  it("draws the day that has a plan: cells, outlets, routes and roads", async () => {
    const date = await openAsPlanner();
    const session = await city.fetched("/v1/session");
    assert.ok(date > session.today, `${date} is after ${session.today}`);
    const layers = {
      roads: await city.fetched("/v1/map/roads"),
      cells: await city.fetched(`/v1/map/cells?date=${date}`),
      outlets: await city.fetched("/v1/map/outlets"),
      routes: await city.fetched(`/v1/map/routes?date=${date}`),
    };
    for (const name of LAYERS) assert.ok(layers[name].features.length > 0, `${name} has features`);

    await city.keep("planner-zh");
    const all = await city.picture();
    for (const name of LAYERS) {
      await city.layer(name).uncheck();
      const without = await city.picture();
      const gone = await differingPixels(stage.browser, all, without);
      assert.ok(gone > 100, `without ${name} only ${gone} pixels change`);
      await city.layer(name).check();
      const back = await city.picture();
      assert.ok((await differingPixels(stage.browser, all, back)) < 20, `${name} comes back as it was`);
    }
  });

  it("lists what the API answers", async () => {
    const date = await openAsPlanner();
    const routes = await city.fetched(`/v1/routes?date=${date}`);
    const outlets = await city.fetched("/v1/map/outlets");
    const cells = await city.fetched(`/v1/map/cells?date=${date}`);
    const vehicles = (await city.routes()).map((name) => name.trim());
    assert.deepEqual(vehicles.sort(), routes.routes.map((route) => route.vehicle_name).sort());
    const counted = (await city.lists()).map((title) => Number(/\(([\d,]+)\)/.exec(title)[1].replaceAll(",", "")));
    assert.deepEqual(counted, [outlets.features.length, cells.features.length]);

    const { plans } = await city.fetched(`/v1/plans?date=${date}`);
    const { summary } = plans.find((plan) => plan.state === "published");
    const number = (text) => Number(/[\d,]+/.exec(text)[0].replaceAll(",", ""));
    assert.equal(number(await city.figure("bookings")), summary.bookings);
    assert.equal(number(await city.figure("served")), summary.served);
    assert.equal(number(await city.figure("unserved")), summary.unassigned);
    assert.equal(number(await city.figure("vehicles")), routes.routes.length);
  });

  it("hides and shows single routes", async () => {
    await openAsPlanner();
    const all = await city.picture();
    await watched.page.locator("section[aria-labelledby=routes-title] input[type=checkbox]").first().uncheck();
    assert.ok((await differingPixels(stage.browser, all, await city.picture())) > 20);
    await watched.page.locator("section[aria-labelledby=routes-title] .actions button").first().click();
    assert.ok((await differingPixels(stage.browser, all, await city.picture())) < 20);
  });

  it("speaks Chinese and English, and remembers which", async () => {
    await openAsPlanner();
    assert.equal(await city.language(), "zh-CN");
    assert.equal(await city.heading(), "回路 Huilu");
    assert.match(await watched.page.locator("#plan-title").textContent(), /计划/);
    await city.switchLanguage();
    assert.equal(await city.language(), "en");
    assert.equal(await city.heading(), "Huilu 回路");
    assert.equal(await watched.page.locator("#plan-title").textContent(), "Plan");
    assert.match(await watched.page.locator("#map canvas").getAttribute("aria-label"), /^Map/);
    await watched.page.reload();
    await city.drawnDate();
    assert.equal(await city.language(), "en");
    await city.keep("planner-en");
  });

  it("shows a day without a plan as one, and finds back", async () => {
    const date = await openAsPlanner();
    const planned = await city.picture();
    await city.showDate("2001-01-01");
    assert.deepEqual(await city.routes(), []);
    assert.match(await watched.page.locator(".side").textContent(), /这一天还没有计划/);
    assert.ok((await differingPixels(stage.browser, planned, await city.picture())) > 100);
    await city.showDate(date);
    assert.ok((await city.routes()).length > 0);
  });

  it("tells what was clicked on the map", async () => {
    await openAsPlanner();
    await watched.page.locator("section[aria-labelledby=facts-title] summary").first().click();
    await watched.page.locator("section[aria-labelledby=facts-title] td button").first().click();
    const name = await watched.page.locator("section[aria-labelledby=facts-title] td button").first().textContent();
    await city.picture();
    const box = await watched.page.locator("#map canvas").boundingBox();
    await watched.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    assert.match(await watched.page.locator(".maplibregl-popup").textContent(), new RegExp(name.slice(0, 4)));
  });

  it("shows collectors their routes and residents the outlets", async () => {
    const date = await openAs("collector");
    const { routes } = await city.fetched(`/v1/routes?date=${date}`);
    assert.ok(routes.length > 0);
    assert.equal((await city.routes()).length, routes.length);
    assert.deepEqual(await city.layers(), ["routes", "outlets", "roads"]);
    await city.signOut();
    await city.signIn(stage.server.tokens.resident);
    await city.drawnDate();
    assert.deepEqual(await city.layers(), ["outlets", "roads"]);
    assert.equal(await watched.page.locator(".side .error").count(), 0);
  });

  it("forgets who was signed in", async () => {
    await openAsPlanner();
    const [cookie] = await watched.context.cookies();
    assert.equal(cookie.httpOnly, true);
    assert.match(cookie.sameSite, /^(Strict|Lax)$/);
    await city.signOut();
    await watched.page.locator("#token").waitFor();
    await watched.page.reload();
    await watched.page.locator("#token").waitFor();
    assert.deepEqual(await watched.context.cookies(), []);
  });

  it("fits a phone", async () => {
    await openAsPlanner({ viewport: { width: 390, height: 844 } });
    const overflow = await watched.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${overflow} px stand out`);
    await city.keep("planner-phone");
  });

  it("says why an order was refused, and asks again with what was filled in", async () => {
    await openAsPlanner();
    watched.expected.push(/\b422\b.*\/v1\/plans/);
    await city.order({ kind: "clearing", seconds: "0", threads: "99" });
    await watched.page.locator("form.order [role=alert]").waitFor();
    const refusals = await city.refusals();
    assert.ok(refusals.length >= 3, `both fields are named: ${refusals}`);
    assert.equal(await watched.page.locator("form.order [name=threads]").inputValue(), "99");
    assert.deepEqual(await city.orderFields(), ["kind", "seconds", "iterations", "seed", "threads"]);
    await watched.page.locator("form.order [name=kind]").selectOption("collection");
    assert.ok((await city.orderFields()).includes("warmStart"));
    await watched.page.locator("form.order [name=warmStart]").selectOption({ index: 1 });
    assert.ok((await city.orderFields()).includes("freezeBefore") && (await city.orderFields()).includes("maxChanged"));
  });

  it("sends no order with a field that cannot be read, and leaves form and focus alone", async () => {
    await openAsPlanner();
    const sent = [];
    watched.page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
    await watched.page.locator("section[aria-labelledby=facts-title] summary").first().click();
    await city.openOrder();
    await city.ordering.locator("[name=kind]").focus();
    await city.ordering.locator("[name=kind]").selectOption("clearing");
    assert.deepEqual([await city.focused(), await city.isOrderOpen()], ["kind", true]);
    await city.ordering.locator("[name=seed]").fill("seven");
    await city.ordering.locator("[name=seed]").press("Enter");
    assert.deepEqual(await city.refusals(), ["“随机种子”不是数字。"]);
    assert.deepEqual([await city.focused(), await city.isOrderOpen()], ["seed", true]);
    assert.equal(await city.ordering.locator("[name=seed]").inputValue(), "seven");
    assert.deepEqual(sent, []);
  });

  it("shows how far a run is beside what is filled in, and asks to sign in once the session is over", async () => {
    let cost = 900_000;
    const run = () => ({ state: "RUNNING", cost_fen: (cost -= 100), lower_bound_fen: 100_000, gap: 1 });
    const plan = () => madeUp("running", { run: run(), state: "proposed", summary: null });
    await open();
    await withPlans([plan()]);
    await watched.page.route("**/v1/plans/running", (route) => route.fulfill({ json: plan() }));
    await city.signIn(stage.server.tokens.planner);
    await city.drawnDate();
    await city.act("running", "showPlan");
    await city.openOrder();
    await city.ordering.locator("[name=seed]").pressSequentially("12");
    const before = await city.figure("cost");
    await watched.page.waitForFunction((old) => document.querySelector("[data-figure=cost]").textContent !== old, before);
    assert.equal(await city.figure("gap"), "100%");
    assert.deepEqual([await city.focused(), await city.isOrderOpen()], ["seed", true]);
    await watched.page.keyboard.type("3");
    assert.equal(await city.ordering.locator("[name=seed]").inputValue(), "123");

    watched.expected.push(/\b401\b/);
    await watched.page.unrouteAll();
    await watched.context.clearCookies();
    await watched.page.locator("#token").waitFor();
  });

  it("keeps the reasons with the plan that they were asked for", async () => {
    const unassigned = [{ booking_id: "b", verdict: "SEARCH_LIMIT", reasons: [] }];
    const found = { plan_id: "first", bookings: [], shortages: [], complete: true };
    await open();
    await withPlans([madeUp("first", { unassigned }), madeUp("second", { unassigned })]);
    await watched.page.route("**/v1/plans/first/explanations?*", (route) => route.fulfill({ json: found }));
    await city.signIn(stage.server.tokens.planner);
    await city.drawnDate();
    await city.act("first", "showPlan");
    const ask = watched.page.locator("[data-key=explain]");
    const explained = watched.page.locator("[data-explained]");
    await ask.click();
    await explained.waitFor();
    await city.act("second", "showPlan");
    assert.deepEqual([await ask.count(), await explained.count()], [1, 0]);
    await city.act("first", "showPlan");
    assert.deepEqual([await ask.count(), await explained.count()], [0, 1]);
  });

  /** A plan as the server might tell of it. */
  function madeUp(id, changed) {
    const plan = { id, kind: "collection", state: "superseded", stale: false, unassigned: [], created_at: "2026-11-24T08:00:00+08:00" };
    return { ...plan, run: { state: "SUCCEEDED" }, ...changed };
  }

  /** Puts plans among those of every day. */
  async function withPlans(more) {
    await watched.page.route("**/v1/plans?date=*", async (route) => {
      const response = await route.fetch();
      const { plans, ...rest } = await response.json();
      await route.fulfill({ response, json: { ...rest, plans: [...plans, ...more] } });
    });
  }

  it("lets a planner order a clearing run, publish it, and see which outlets it empties", async () => {
    const date = await openAsPlanner();
    const [outlet] = await deliveries(date);
    const next = new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
    await city.showDate(next);
    const empty = await city.picture();
    await city.order({ kind: "clearing", seconds: "5", threads: "1" });
    await watched.page.locator(".plans li[data-kind=clearing]").waitFor();
    assert.deepEqual([await city.focused(), await city.isOrderOpen()], ["submit order", true], "the day was loaded anew");
    const [ordered] = (await city.plans()).filter((plan) => plan.kind === "clearing");
    await city.act(ordered.id, "publish");
    const body = watched.page.locator("section[aria-labelledby=routes-title] tbody[data-kind=clearing] th[scope=row]");
    await body.first().waitFor({ timeout: 60_000 });
    await city.drawnDate();

    const { routes } = await city.fetched(`/v1/routes?date=${next}`);
    const steps = routes.flatMap((route) => route.steps);
    const cleared = steps.filter((step) => step.type === "clear");
    assert.ok(cleared.some((step) => step.outlet.id === outlet), "the overfull outlet is emptied");
    assert.deepEqual((await city.routesOf("collection")).vehicles, []);
    const shown = await city.routesOf("clearing");
    assert.deepEqual(shown.vehicles.sort(), routes.map((route) => route.vehicle_name).sort());
    assert.equal(shown.totals[2], String(cleared.length));
    assert.equal(shown.totals[3], String(steps.filter((step) => step.type === "unload").length));

    const plan = await city.fetched(`/v1/plans/${ordered.id}`);
    const due = plan.clearing.outlets.filter((one) => one.due !== "NOT_DUE");
    const rows = watched.page.locator("table.clearing tbody tr");
    assert.equal(await rows.count(), due.length);
    assert.match(await watched.page.locator(`tr[data-outlet="${outlet}"]`).textContent(), /已超量/);
    assert.equal(await city.figure("kind"), "网点清运");
    assert.ok((await differingPixels(stage.browser, empty, await city.picture())) > 100, "its routes are on the map");
    await city.keep("clearing-zh");

    await city.switchLanguage();
    assert.equal(await city.figure("kind"), "clearing");
    assert.match(await watched.page.locator(`tr[data-outlet="${outlet}"]`).textContent(), /overfull/);
    const text = await watched.page.locator(".side").innerText();
    assert.doesNotMatch(text, /[A-Z]+_[A-Z]+|\p{Script=Han}.*(overfull|Plans of the day)/u, "a code is shown");
    await city.keep("clearing-en");
  });

  /** Has the day's crews unload, and makes the outlet that takes most of it too small. Ids, fullest first. */
  async function deliveries(date) {
    const { routes } = await city.fetched(`/v1/routes?date=${date}`);
    const visits = new Map();
    for (const route of routes) {
      for (const step of route.steps.filter(({ type }) => type === "unload")) {
        const report = { client_id: step.id, kind: "arrived" };
        await stage.server.ask("collector", "POST", `/v1/routes/${route.id}/steps/${step.id}/reports`, report);
        visits.set(step.outlet.id, (visits.get(step.outlet.id) ?? 0) + 1);
      }
    }
    const outlets = await Promise.all([...visits.keys()].map((id) => city.fetched(`/v1/outlets/${id}`)));
    const emptied = outlets.filter(({ kind }) => kind !== "sorting_center");
    emptied.sort((a, b) => visits.get(b.id) - visits.get(a.id));
    const [first] = emptied;
    const capacity = first.streams.map((stream) => ({ stream, mass_g: 10_000, volume_l: 200 }));
    await stage.server.ask("planner", "PATCH", `/v1/outlets/${first.id}`, { capacity });
    return emptied.map(({ id }) => id);
  }
});
