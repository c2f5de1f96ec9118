// Drives the map page: what a person does with it and reads from it.

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const PICTURES = fileURLToPath(new URL("../../target/ui/", import.meta.url));

export class CityPage {
  constructor(page) {
    this.page = page;
  }

  async open() {
    await this.page.goto("/");
  }

  async signIn(token) {
    await this.page.locator("#token").fill(token);
    await this.page.locator("form button[type=submit]").click();
  }

  /** The day whose data is drawn completely. */
  async drawnDate() {
    const map = this.page.locator("#map[data-drawn]");
    await map.waitFor({ state: "attached", timeout: 60_000 });
    return map.getAttribute("data-drawn");
  }

  alert() {
    return this.page.locator("[role=alert]").textContent();
  }

  language() {
    return this.page.locator("html").getAttribute("lang");
  }

  heading() {
    return this.page.locator("h1").textContent();
  }

  switchLanguage() {
    return this.page.locator("button.language").click();
  }

  signOut() {
    return this.page.locator("header button:not(.language)").last().click();
  }

  /** Shows another day and waits until it is drawn. */
  async showDate(date) {
    await this.page.locator("#date").fill(date);
    await this.page.locator(`#map[data-drawn="${date}"]`).waitFor({ state: "attached", timeout: 60_000 });
  }

  /** A figure of the plan as the page writes it, such as `served`. */
  figure(name) {
    return this.page.locator(`[data-figure=${name}]`).textContent();
  }

  /** The part of the page in which plans are ordered. */
  get ordering() {
    return this.page.locator("details[data-key=order]");
  }

  async openOrder() {
    if (!(await this.isOrderOpen())) await this.ordering.locator("summary").click();
  }

  async isOrderOpen() {
    return (await this.ordering.getAttribute("open")) !== null;
  }

  /** Name or key of what has the keyboard. */
  focused() {
    return this.page.evaluate(() => document.activeElement.getAttribute("name") ?? document.activeElement.dataset.key);
  }

  /** Fills in the order of a plan by the names of its fields, and sends it. */
  async order(fields) {
    const details = this.ordering;
    await this.openOrder();
    for (const [name, value] of Object.entries(fields)) {
      const control = details.locator(`[name=${name}]`);
      if ((await control.evaluate((element) => element.tagName)) === "SELECT") await control.selectOption(value);
      else await control.fill(value);
    }
    await details.locator("button[type=submit]").click();
  }

  /** The names of the fields that an order has at the moment. */
  orderFields() {
    return this.page.locator("form.order [name]").evaluateAll((controls) => controls.map((control) => control.name));
  }

  /** Why the order was refused. */
  refusals() {
    return this.page.locator("form.order [role=alert] li").allTextContents();
  }

  /** Kind, id and text of each plan of the day. */
  plans() {
    return this.page
      .locator(".plans li")
      .evaluateAll((items) => items.map((item) => ({ kind: item.dataset.kind, id: item.dataset.plan, text: item.textContent })));
  }

  /** Waits until the plan has the button, then presses it. */
  async act(plan, what) {
    await this.page.locator(`.plans li[data-plan="${plan}"] [data-act=${what}]`).click({ timeout: 120_000 });
  }

  /** Vehicles and sums of the routes of one kind. */
  async routesOf(kind) {
    const body = this.page.locator(`section[aria-labelledby=routes-title] tbody[data-kind=${kind}]`);
    return {
      vehicles: (await body.locator("th[scope=row]").allTextContents()).map((name) => name.trim()),
      totals: await body.locator("tr.total td").allTextContents(),
    };
  }

  /** The vehicles in the table of routes. */
  routes() {
    return this.page.locator("section[aria-labelledby=routes-title] tbody th[scope=row]").allTextContents();
  }

  /** The titles of the lists of outlets and cells, with the number of their entries. */
  lists() {
    return this.page.locator("section[aria-labelledby=facts-title] summary").allTextContents();
  }

  /** The layers that are there to choose from. */
  async layers() {
    const names = await this.page.locator(".layer input").evaluateAll((inputs) => inputs.map((input) => input.name));
    return names.map((name) => name.replace("layer-", ""));
  }

  layer(name) {
    return this.page.locator(`input[name=layer-${name}]`);
  }

  /** Waits until the map has drawn what was asked of it, then takes a picture of it. */
  async picture() {
    const canvas = this.page.locator("#map canvas");
    let before = await canvas.screenshot();
    for (let attempt = 0; attempt < 20; attempt++) {
      await this.page.waitForTimeout(150);
      const now = await canvas.screenshot();
      if (now.equals(before)) return now;
      before = now;
    }
    throw new Error("the map does not come to rest");
  }

  /** What the server answers to a request of this page, with its cookie. */
  async fetched(path) {
    const response = await this.page.request.get(path);
    if (!response.ok()) throw new Error(`${path}: HTTP ${response.status()} ${await response.text()}`);
    return response.json();
  }

  /** Keeps a picture of the whole page in target/ui. */
  async keep(name) {
    await mkdir(PICTURES, { recursive: true });
    await this.page.screenshot({ path: `${PICTURES}${name}.png` });
  }
}
