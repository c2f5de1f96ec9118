// Goal: a resident finds the slots of a place with what each costs, books one and sees it; whoever takes calls does the same for
// others; what cannot be booked is told in words.
// Method: a real browser against the built binary with the demo's day planned; what is booked is read back from the API, as other
// programs would see it.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { BookingPart } from "./booking-part.js";
import { CityPage } from "./city-page.js";
import { setStage } from "./stage.js";

const PLACE = "31.600000, 119.280000";

const stage = setStage();

describe("booking a pickup", () => {
  let watched;
  let city;
  let part;
  /** The day that is planned. */
  let date;

  async function openAs(role, options) {
    watched = await stage.page(options);
    city = new CityPage(watched.page);
    part = new BookingPart(watched.page);
    await city.open();
    await city.signIn(stage.server.tokens[role]);
    await city.drawnDate();
    await part.open();
    const { today } = await city.fetched("/v1/session");
    date = new Date(Date.parse(`${today}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  }

  it("shows a resident what each slot costs, books the one chosen, and lists it", async () => {
    await openAs("resident");
    assert.equal(await part.field("book date").inputValue(), date, "tomorrow is offered first");
    await part.fill({ place: PLACE, items: [["paper_occ", "6"], ["weee_fridge", "1"]] });
    assert.match(await part.card.locator("[data-worth]").textContent(), /¥56\.00/, "6 kg at 1 yuan and a fridge at 50");
    await part.fill({ items: [["paper_occ", "6"], ["plastic_pet", "1.5"]] });
    await part.ask();
    const slots = await part.slots();
    assert.equal(slots.length, 8);
    const free = slots.filter((slot) => slot.bookable);
    assert.ok(free.length >= 3, JSON.stringify(slots));
    const least = Math.min(...free.map((slot) => slot.fen));
    for (const slot of free) {
      assert.match(slot.text, /¥\d/);
      assert.equal(/最便宜/.test(slot.text), slot.fen === least, slot.text);
    }
    for (const slot of slots.filter(({ bookable }) => !bookable)) assert.match(slot.text, /\p{Script=Han}/u, slot.text);
    assert.deepEqual(free.filter(({ checked }) => checked).map(({ fen }) => fen), [least], "the cheapest is chosen");
    await city.keep("slots-zh");

    const dearest = free.reduce((most, slot) => (slot.fen > most.fen ? slot : most));
    await part.choose(dearest.start);
    const hints = await part.card.locator(".hint").allTextContents();
    assert.deepEqual(hints.map((text) => /可省/.test(text)), dearest.fen > least + 100 ? [true] : [], "a cheaper slot is told where it is worth it");
    await part.choose(free[0].start);
    await part.field("door").fill(" 3-2-501 ");
    await part.book();
    assert.match(await part.booked(), /已预约/);
    const [listed] = await part.bookings();
    assert.equal(listed.state, "booked");
    const stored = await city.fetched(`/v1/bookings/${listed.id}`);
    assert.equal(stored.address, "3-2-501");
    assert.equal(Date.parse(stored.window.start), Date.parse(free[0].start));
    assert.deepEqual(stored.items.map(({ material, amount_g }) => [material, amount_g]), [["paper_occ", 6_000], ["plastic_pet", 1_500]]);
    assert.equal(await part.field("amount 0").inputValue(), "", "nothing is left to be booked twice");
    await city.keep("booked-zh");

    await watched.page.reload();
    await city.drawnDate();
    assert.equal((await part.bookings())[0].id, listed.id, "it is still there");
    await city.switchLanguage();
    assert.match((await part.bookings())[0].text, /booked/);
    await part.key(`cancel booking ${listed.id}`).dblclick();
    await part.card.locator(`[data-booking="${listed.id}"][data-state=cancelled]`).waitFor();
    assert.equal((await city.fetched(`/v1/bookings/${listed.id}`)).state, "cancelled");
    assert.equal(await part.card.locator("[role=alert]").count(), 0, "a second click asks for nothing else");
  });

  it("takes the place from the map, by click and by keyboard", async () => {
    await openAs("resident");
    await part.key("pick place").click();
    assert.equal(await part.key("pick place").getAttribute("aria-pressed"), "true");
    const box = await watched.page.locator("#map canvas").boundingBox();
    await watched.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await watched.page.locator(".maplibregl-marker").waitFor();
    const clicked = await part.field("place").inputValue();
    assert.match(clicked, /^31\.\d{6}, 119\.\d{6}$/);
    assert.equal(await part.key("pick place").getAttribute("aria-pressed"), "false");
    assert.equal(await watched.page.locator(".maplibregl-popup").count(), 0, "what lies there is not told as well");

    const marks = watched.page.locator(".maplibregl-marker");
    await part.field("place").fill("31.6, 119.");
    assert.equal(await marks.count(), 1, "it moves with what is typed");
    await part.field("datum").selectOption("gcj02");
    assert.equal(await marks.count(), 0, "the map knows no such coordinates");
    await part.field("datum").selectOption("wgs84");
    assert.equal(await marks.count(), 1);
    await part.field("place").fill("");
    assert.equal(await marks.count(), 0);
    await part.key("centre place").focus();
    await watched.page.keyboard.press("Enter");
    assert.match(await part.field("place").inputValue(), /^31\.\d{6}, 119\.\d{6}$/);
    assert.equal(await city.focused(), "centre place");
  });

  it("takes the place of a compound that is named", async () => {
    await openAs("resident");
    const { page } = watched;
    const { buildings } = await city.fetched(`/v1/buildings?name=${encodeURIComponent("园")}`);
    assert.ok(buildings.length > 0, "the demo has gardens");
    const [{ id, name, place }] = buildings;
    await part.field("building").fill("no such garden");
    await page.keyboard.press("Enter");
    await part.card.locator("[data-found='0']").waitFor();
    assert.equal(await city.focused(), "building");
    await part.field("building").fill(name.zh);
    await page.keyboard.press("Enter");
    await part.key(`building ${id}`).waitFor();
    await city.keep("buildings-zh");
    await part.key(`building ${id}`).click();
    const [lat, lon] = (await part.field("place").inputValue()).split(", ").map(Number);
    assert.ok(Math.abs(lat - place.lat) < 1e-6 && Math.abs(lon - place.lon) < 1e-6, `${lat}, ${lon}`);
    assert.equal(await part.card.locator("[data-found]").count(), 0);
    await part.fill({ items: [["paper_occ", "6"]] });
    await part.ask();
    assert.equal((await part.slots()).length, 8);
  });

  it("is done by keyboard alone, at the width of a phone, in English", async () => {
    await openAs("resident", { viewport: { width: 390, height: 844 }, locale: "en-GB" });
    const { page } = watched;
    await part.field("place").focus();
    await page.keyboard.type("31.6 119.28");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    assert.equal(await city.focused(), "material 0");
    await part.field("material 0").selectOption("paper_occ");
    assert.equal(await city.focused(), "material 0", "the focus stays while the unit changes");
    await page.keyboard.press("Tab");
    await page.keyboard.type("12");
    await page.keyboard.press("Enter");
    const slots = await part.slots();
    const chosen = slots.findIndex(({ checked }) => checked);
    await part.card.locator("input[type=radio]:checked").focus();
    await page.keyboard.press("ArrowDown");
    const moved = (await part.slots()).findIndex(({ checked }) => checked);
    assert.ok(moved !== chosen && moved >= 0, "arrows choose another slot");
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${overflow} px stand out`);
    assert.doesNotMatch(await part.card.locator("form").last().innerText(), /\p{Script=Han}|[A-Z]+_[A-Z]+/u);
    await part.card.scrollIntoViewIfNeeded();
    await city.keep("slots-phone-en");
    await part.key("book slot").focus();
    await page.keyboard.press("Enter");
    assert.match(await part.booked(), /^Booked/);
    await city.keep("booked-phone-en");
  });

  it("offers free slots where the day has no plan", async () => {
    await openAs("resident");
    watched.expected.push(/\b409\b.*\/v1\/slots/);
    const later = new Date(Date.parse(`${date}T00:00:00Z`) + 5 * 86_400_000).toISOString().slice(0, 10);
    await part.fill({ place: PLACE, date: later, items: [["paper_occ", "6"]] });
    await part.ask();
    const slots = await part.slots();
    assert.ok(slots.some(({ bookable }) => bookable) && slots.every(({ fen }) => fen === null), JSON.stringify(slots));
    assert.match(await part.card.locator("[data-slots]").textContent(), /没有价格：当天还没有计划/);
    await part.book();
    assert.match(await part.booked(), /已预约/);
  });

  it("offers free slots where prices cannot be had", async () => {
    await openAs("resident");
    watched.expected.push(/\b500\b.*\/v1\/slots/);
    await watched.page.route("**/v1/slots", (route) =>
      route.fulfill({ status: 500, contentType: "application/problem+json", body: '{"code":"INTERNAL","detail":"odd"}' }),
    );
    await part.fill({ place: PLACE, items: [["paper_occ", "6"]] });
    await part.ask();
    const slots = await part.slots();
    assert.ok(slots.some(({ bookable }) => bookable) && slots.every(({ fen }) => fen === null), JSON.stringify(slots));
    assert.match(await part.card.locator("[data-slots]").textContent(), /没有价格：价格暂时算不出来/);
  });

  it("says what is wrong before and after asking, and asks nothing meanwhile", async () => {
    await openAs("resident");
    const sent = [];
    watched.page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
    await part.fill({ place: "the corner", items: [["paper_occ", "1,5"]] });
    await part.ask();
    assert.deepEqual(await part.refusals(), ["坐标读不懂：请写成“纬度, 经度”，例如 31.6, 119.28。", "数量要填数字，例如 6 或 2.5。"]);
    assert.deepEqual(sent, []);
    watched.expected.push(/\b422\b.*\/v1\/slots/);
    await part.fill({ place: "22.2, 113.5", items: [["paper_occ", "6"]] });
    await part.ask();
    await watched.page.waitForFunction(() => /服务范围/.test(document.querySelector("section[aria-labelledby=book-title] [role=alert]")?.textContent ?? ""));
    assert.deepEqual(await part.refusals(), ["这个地点不在服务范围内；请检查坐标系，纬度在前。"]);
    assert.equal(await part.field("place").inputValue(), "22.2, 113.5", "what was typed stays");
  });

  it("books once, however often it is sent again after no answer came", async () => {
    await openAs("resident");
    const keys = [];
    let cut = true;
    await watched.page.route("**/v1/bookings", async (route) => {
      if (route.request().method() !== "POST") return route.fallback();
      keys.push(route.request().headers()["idempotency-key"]);
      if (!cut) return route.continue();
      // The server books; its answer is lost.
      await route.fetch();
      return route.abort();
    });
    watched.expected.push(/ERR_FAILED.*\/v1\/bookings/);
    const before = (await city.fetched("/v1/bookings?limit=200")).bookings.length;
    await part.fill({ place: PLACE, items: [["paper_occ", "4"]] });
    await part.ask();
    await part.slots();
    await part.book();
    assert.deepEqual(await part.refusals(), ["连不上服务器。请确认服务正在运行，然后重试。"]);
    cut = false;
    await part.book();
    assert.match(await part.booked(), /已预约/);
    assert.equal(keys.length, 2);
    assert.ok(keys[0] && keys[0] === keys[1], `the same key: ${keys}`);
    assert.equal((await city.fetched("/v1/bookings?limit=200")).bookings.length, before + 1);
  });

  it("books once where the answer breaks off and the door is changed before it is sent again", async () => {
    await openAs("resident");
    const doors = [];
    let cut = true;
    await watched.page.route("**/v1/bookings", async (route) => {
      if (route.request().method() !== "POST") return route.fallback();
      doors.push(route.request().postDataJSON().address);
      if (!cut) return route.continue();
      const response = await route.fetch();
      return route.fulfill({ status: response.status(), contentType: "application/json", body: (await response.text()).slice(0, 20) });
    });
    const before = (await city.fetched("/v1/bookings?limit=200")).bookings.length;
    await part.fill({ place: PLACE, items: [["paper_occ", "4"]] });
    await part.ask();
    await part.slots();
    await part.field("door").fill("501");
    await part.book();
    assert.deepEqual(await part.refusals(), ["连不上服务器。请确认服务正在运行，然后重试。"]);
    cut = false;
    await part.field("door").fill("502");
    await part.book();
    assert.match(await part.booked(), /先前没有收到答复的预约已经约成/);
    assert.deepEqual(doors, ["501", "501"]);
    const { bookings } = await city.fetched("/v1/bookings?limit=200");
    assert.deepEqual([bookings.length, bookings[0].address], [before + 1, "501"]);
    assert.equal(await part.field("door").inputValue(), "502", "what was not sent is still there");
  });

  it("says what a booking is by now where it cannot be cancelled any more, and lists it anew", async () => {
    await openAs("resident");
    const { page } = watched;
    const [{ id }] = (await part.bookings()).filter(({ state }) => state === "booked" || state === "assigned");
    watched.expected.push(/\b409\b.*\/cancel/);
    await page.route(`**/v1/bookings/${id}/cancel`, (route) =>
      route.fulfill({ status: 409, contentType: "application/problem+json", body: '{"code":"NOT_CANCELLABLE","detail":"no"}' }),
    );
    await page.route(`**/v1/bookings/${id}`, async (route) => {
      const response = await route.fetch();
      return route.fulfill({ json: { ...(await response.json()), state: "weighed" } });
    });
    await part.key(`cancel booking ${id}`).click();
    await part.card.locator(`[data-booking="${id}"][data-state=weighed]`).waitFor();
    assert.deepEqual(await part.refusals(), ["现在是“已称重”，不能取消了。"]);
    await page.locator("[data-key=refresh]").click();
    await part.card.locator(`[data-booking="${id}"]:not([data-state=weighed])`).waitFor();
  });

  it("goes on where the list cannot be had, and asks for it again", async () => {
    await openAs("resident");
    const { page } = watched;
    watched.expected.push(/\b503\b.*\/v1\/bookings/);
    await page.route("**/v1/bookings?*", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: "{}" }));
    await page.reload();
    await city.drawnDate();
    await part.key("retry bookings").waitFor();
    assert.ok((await part.field("material 0").locator("option").count()) > 1, "materials are there all the same");
    await page.unroute("**/v1/bookings?*");
    await part.key("retry bookings").click();
    await part.card.locator("[data-booking]").first().waitFor();
    assert.equal(await part.key("retry bookings").count(), 0);
  });

  it("does not book what was changed after the slots were shown", async () => {
    await openAs("resident");
    await part.fill({ place: PLACE, items: [["paper_occ", "4"]] });
    await part.ask();
    await part.slots();
    await part.fill({ items: [["paper_occ", "400"]] });
    await part.book();
    assert.match((await part.refusals())[0], /请重新查看时段/);
    assert.equal(await part.card.locator("[data-booked]").count(), 0);
  });

  it("lets a planner book for a caller, who sees no other resident's bookings", async () => {
    await openAs("planner");
    assert.deepEqual(await part.bookings(), []);
    await part.fill({ place: PLACE, items: [["paper_occ", "8"]] });
    await part.ask();
    await part.slots();
    await part.book();
    await part.booked();
    assert.equal((await part.bookings()).length, 1);
    assert.equal(await part.field("place").inputValue(), "", "the next caller is somewhere else");
    assert.equal(await watched.page.locator(".maplibregl-marker").count(), 0);
    await city.keep("planner-books-zh");
    await city.signOut();
    await city.signIn(stage.server.tokens.resident);
    await city.drawnDate();
    assert.equal(await part.field("place").inputValue(), "", "what the planner typed is gone");
  });
});
