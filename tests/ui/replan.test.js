// Goal: a planner locks a stop to its vehicle, its time and the order of a route, has the day planned again from that plan, and what
// was locked is as it was; what changed is told.
// Method: a real browser against the built binary with the demo's day planned; routes before and after are read from the API.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { CityPage } from "./city-page.js";
import { setStage } from "./stage.js";

const stage = setStage();

describe("planning a day again", () => {
  let watched;
  let city;
  let stops;
  let date;

  async function openAsPlanner(options) {
    watched = await stage.page(options);
    city = new CityPage(watched.page);
    stops = watched.page.locator("[data-stops]");
    await city.open();
    await city.signIn(stage.server.tokens.planner);
    date = await city.drawnDate();
  }

  const key = (name) => watched.page.locator(`[data-key="${name}"]`);
  const isPressed = async (name) => (await key(name).getAttribute("aria-pressed")) === "true";

  async function published() {
    const { plans } = await city.fetched(`/v1/plans?date=${date}`);
    return plans.find((plan) => plan.state === "published" && plan.kind === "collection");
  }

  async function showStops() {
    await key("show stops").click();
    await watched.page.locator("[data-stops=shown]").waitFor({ timeout: 30_000 });
  }

  /** Vehicle, time of day and place in the route of each booking, by id. */
  async function servedBy(plan) {
    const { routes } = await city.fetched(`/v1/plans/${plan}/routes`);
    const served = new Map();
    for (const route of routes) {
      const jobs = route.steps.filter((step) => step.type === "job");
      for (const [at, step] of jobs.entries()) {
        served.set(step.booking.id, { vehicle: route.vehicle_id, time: step.start.slice(11, 16), at });
      }
    }
    return { routes, served };
  }

  it("keeps what a planner locked, and tells what changed", async () => {
    await openAsPlanner();
    const first = await published();
    const { routes, served } = await servedBy(first.id);
    const jobs = (route) => route.steps.filter((step) => step.type === "job");
    const [route, other] = [...routes].filter((one) => jobs(one).length >= 4).sort((a, b) => jobs(a).length - jobs(b).length);
    await showStops();
    await watched.page.locator("[name='route shown']").selectOption(route.vehicle_id);
    const shown = await stops.locator("[data-stop]").evaluateAll((rows) => rows.map((row) => row.dataset.stop));
    assert.deepEqual(shown, jobs(route).map((step) => step.booking.id), "every stop in its order");

    const late = jobs(route).at(-1).booking.id;
    await key(`lock vehicle ${late}`).focus();
    await watched.page.keyboard.press("Enter");
    assert.ok(await isPressed(`lock vehicle ${late}`));
    assert.equal(await city.focused(), `lock vehicle ${late}`, "the focus stays for the next one");
    await key("lock order").click();
    await watched.page.locator("[name='route shown']").selectOption(other.vehicle_id);
    const timed = jobs(other)[1];
    await key(`lock time ${timed.booking.id}`).click();
    await key(`lock vehicle ${jobs(other)[0].booking.id}`).click();
    await key(`lock vehicle ${jobs(other)[0].booking.id}`).click();
    assert.equal(await stops.locator("[data-lock]").count(), 3, "a second click takes a lock back");
    await city.keep("locks-zh");
    await watched.page.locator("[data-stops]").scrollIntoViewIfNeeded();
    await watched.page.locator("[data-key=replan]").scrollIntoViewIfNeeded();
    await city.keep("locks-list-zh");

    const sent = [];
    watched.page.on("request", (request) => {
      if (request.method() === "POST" && request.url().endsWith("/v1/plans")) sent.push(request.postDataJSON());
    });
    await key("replan").click();
    assert.equal(await city.focused(), "freezeBefore");
    await city.order({ seconds: "8", freezeBefore: "10:00", seed: "5", threads: "1" });
    await watched.page.locator("[data-changes=done]").waitFor({ timeout: 120_000 });
    assert.equal(sent.length, 1);
    assert.deepEqual([sent[0].warm_start, sent[0].freeze_before], [first.id, `${date}T10:00:00+08:00`]);
    assert.equal(sent[0].locks.length, 2 + jobs(route).length - 1);

    const { plans } = await city.fetched(`/v1/plans?date=${date}`);
    const second = plans.find((plan) => plan.id !== first.id && plan.kind === "collection");
    const now = (await servedBy(second.id)).served;
    assert.equal(now.get(late).vehicle, route.vehicle_id, "the locked stop is still there");
    const order = jobs(route).map((step) => now.get(step.booking.id));
    assert.ok(order.every((place, k) => k === 0 || (place.vehicle === order[k - 1].vehicle && place.at > order[k - 1].at)), "in the locked order");
    assert.ok(Math.abs(minutes(now.get(timed.booking.id).time) - minutes(served.get(timed.booking.id).time)) <= 15);
    const before = [...served].filter(([, { time }]) => time < "10:00");
    assert.ok(before.length > 0, "some stops start before the freeze");
    for (const [id, { vehicle, time }] of before) {
      assert.deepEqual([now.get(id)?.vehicle, now.get(id)?.time], [vehicle, time], `${id} starts before the freeze`);
    }
    assert.equal(await watched.page.locator("[data-locks-kept]").getAttribute("data-locks-kept"), "true");
    const moved = [...served].filter(([id, place]) => now.has(id) && now.get(id).vehicle !== place.vehicle).length;
    const count = async (kind) => Number((await watched.page.locator(`[data-change=${kind}]`).textContent()).replaceAll(",", ""));
    assert.equal(await count("moved"), moved);
    const all = ["moved", "retimed", "added", "dropped", "same"];
    const sum = (await Promise.all(all.map(count))).reduce((a, b) => a + b, 0);
    assert.equal(sum, new Set([...served.keys(), ...now.keys()]).size, "each booking is counted once");
    await watched.page.locator("[data-changes]").scrollIntoViewIfNeeded();
    await city.keep("changes-zh");
    await city.switchLanguage();
    assert.match(await watched.page.locator("[data-locks-kept]").textContent(), /^All locks hold \(3\)\.$/);
    assert.doesNotMatch(await watched.page.locator("[data-changes]").innerText(), /\p{Script=Han}/u);
    await city.keep("changes-en");

    await watched.page.locator("[name='compare with']").selectOption("");
    assert.equal(await watched.page.locator("[data-changes]").count(), 0);
  });

  it("judges the locks that were sent, also of a plan made afresh, and goes on where routes cannot be read", async () => {
    await openAsPlanner();
    const { page } = watched;
    const read = new Set();
    page.on("request", (request) => {
      const [, plan] = /\/v1\/plans\/([^/]+)\/routes$/.exec(request.url()) ?? [];
      if (plan) read.add(plan);
    });
    await showStops();
    const booking = await stops.locator("[data-stop]").first().getAttribute("data-stop");
    await key(`lock vehicle ${booking}`).click();
    // Taken back while the server answers.
    await page.route("**/v1/plans", async (route) => {
      if (route.request().method() !== "POST") return route.fallback();
      await key("unlock all").click();
      return route.continue();
    });
    await city.order({ seconds: "4", warmStart: "", seed: "6", threads: "1" });
    const kept = page.locator("[data-locks-kept]");
    await kept.waitFor({ timeout: 120_000 });
    assert.match(await kept.textContent(), /1 项锁定/);
    assert.equal(await page.locator("[data-changes]").count(), 0, "it started from none, and is compared with none");

    const against = page.locator("[name='compare with']");
    const others = await against.locator("option").evaluateAll((options) => options.map(({ value }) => value).filter(Boolean));
    const other = others.find((id) => !read.has(id));
    assert.ok(other, "the plan before was made from the first one");
    watched.expected.push(/\b503\b.*\/routes/);
    await page.route(`**/v1/plans/${other}/routes`, (route) =>
      route.fulfill({ status: 503, contentType: "application/problem+json", body: "{}" }),
    );
    await against.selectOption(other);
    await page.waitForFunction(() => document.querySelector("[name='compare with']")?.value === "");
    assert.equal(await kept.count(), 1, "what is known stays");
    await page.unroute(`**/v1/plans/${other}/routes`);
    await against.selectOption(other);
    await page.locator("[data-changes=done]").waitFor();
  });

  it("says which time of a lock cannot be read, and sends nothing", async () => {
    await openAsPlanner({ locale: "en-GB" });
    await showStops();
    const booking = await stops.locator("[data-stop]").first().getAttribute("data-stop");
    await key(`lock time ${booking}`).click();
    const from = watched.page.locator(`[name="from time ${booking}"]`);
    assert.match(await from.inputValue(), /^\d\d:\d\d$/);
    await from.fill("noon");
    const sent = [];
    watched.page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
    await key("replan").click();
    await city.order({});
    assert.deepEqual(await city.refusals(), ["“Locks” is not a time of day (HH:MM)."]);
    assert.deepEqual(sent, []);
    // A time that the server refuses: the lock ends before it begins.
    watched.expected.push(/\b422\b.*\/v1\/plans/);
    await from.fill("11:00");
    await watched.page.locator(`[name="to time ${booking}"]`).fill("10:00");
    await city.order({});
    await watched.page.waitForFunction(() => /ends before/.test(document.querySelector("form.order [role=alert]")?.textContent ?? ""));
    await key("unlock all").click();
    assert.equal(await stops.locator("[data-lock]").count(), 0);
  });

  it("locks at the width of a phone", async () => {
    await openAsPlanner({ viewport: { width: 390, height: 844 }, locale: "en-GB" });
    await showStops();
    await key("lock route").click();
    assert.ok(await isPressed("lock route"));
    const rows = await stops.locator("[data-stop]").count();
    assert.equal(await stops.locator("[data-lock]").count(), rows, "each of its stops is locked");
    const overflow = await watched.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${overflow} px stand out`);
    await stops.scrollIntoViewIfNeeded();
    await city.keep("locks-phone-en");
    await city.showDate("2001-01-01");
    await city.showDate(date);
    await showStops();
    assert.equal(await stops.locator("[data-lock]").count(), 0, "another day has other locks");
  });

  const minutes = (time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
});
