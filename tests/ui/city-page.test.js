// Goal: the map page of the built binary shows a planner the demo city, and keeps everyone else out.
// Method: a real browser against a real server with the demo's data; what is drawn is compared as pixels, what is
// listed with the answers of the API; nothing may reach the console or leave the server's own address.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";

import { differingPixels, startBrowser, watchedPage } from "./browser.js";
import { CityPage } from "./city-page.js";
import { startDemo } from "./server.js";

const LAYERS = ["roads", "cells", "outlets", "routes"];

let server;
let browser;

before(async () => {
  server = await startDemo();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

describe("the map page", () => {
  let watched;
  let city;

  async function open(options) {
    watched = await watchedPage(browser, server.base, options);
    city = new CityPage(watched.page);
    await city.open();
  }

  async function openAs(role, options) {
    await open(options);
    await city.signIn(server.tokens[role]);
    return city.drawnDate();
  }

  const openAsPlanner = (options) => openAs("planner", options);

  beforeEach(() => {
    watched = undefined;
  });

  afterEach(async () => {
    const faults = watched?.faults ?? [];
    await watched?.context.close();
    assert.deepEqual([...faults, ...server.faults()], []);
  });

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
      const gone = await differingPixels(browser, all, without);
      assert.ok(gone > 100, `without ${name} only ${gone} pixels change`);
      await city.layer(name).check();
      const back = await city.picture();
      assert.ok((await differingPixels(browser, all, back)) < 20, `${name} comes back as it was`);
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
    assert.ok((await differingPixels(browser, all, await city.picture())) > 20);
    await watched.page.locator("section[aria-labelledby=routes-title] .actions button").first().click();
    assert.ok((await differingPixels(browser, all, await city.picture())) < 20);
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
    assert.ok((await differingPixels(browser, planned, await city.picture())) > 100);
    await city.showDate(date);
    assert.ok((await city.routes()).length > 0);
  });

  it("tells what was clicked on the map", async () => {
    await openAsPlanner();
    await watched.page.locator("summary").first().click();
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
    await city.signIn(server.tokens.resident);
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
});
