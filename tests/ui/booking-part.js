// Drives the part of the page in which a pickup is booked.

export class BookingPart {
  constructor(page) {
    this.page = page;
    this.card = page.locator("section[aria-labelledby=book-title]");
  }

  field(name) {
    return this.card.locator(`[name="${name}"]`);
  }

  key(key) {
    return this.card.locator(`[data-key="${key}"]`);
  }

  /** Opens the card where it is folded, as it is for planners. */
  async open() {
    const details = this.card.locator("details[data-key=book]");
    if ((await details.getAttribute("open")) === null) await details.locator("summary").first().click();
  }

  /** Fills in what is given: place as text, datum, date, and items as pairs of material and amount. */
  async fill({ place, datum, date, items = [] }) {
    if (place !== undefined) await this.field("place").fill(place);
    if (datum !== undefined) await this.field("datum").selectOption(datum);
    if (date !== undefined) await this.field("book date").fill(date);
    for (const [at, [material, amount]] of items.entries()) {
      if ((await this.field(`material ${at}`).count()) === 0) await this.key("add item").click();
      await this.field(`material ${at}`).selectOption(material);
      await this.field(`amount ${at}`).fill(amount);
    }
  }

  async ask() {
    await this.key("show slots").click();
  }

  /** The slots shown, once they are there. */
  async slots() {
    await this.card.locator("[data-slots]").waitFor({ timeout: 60_000 });
    return this.card.locator("[data-slot]").evaluateAll((labels) =>
      labels.map((label) => ({
        start: label.dataset.slot,
        bookable: label.dataset.bookable === "true",
        fen: label.querySelector("[data-price]") && Number(label.querySelector("[data-price]").dataset.price),
        checked: label.querySelector("input").checked,
        text: label.textContent,
      })),
    );
  }

  async choose(start) {
    await this.card.locator(`[data-slot="${start}"] input`).check();
  }

  async book() {
    await this.key("book slot").click();
  }

  /** What is said once a pickup is booked. */
  async booked() {
    const said = this.card.locator("[data-booked]");
    await said.waitFor();
    return said.textContent();
  }

  /** Id, state and text of each pickup listed. */
  bookings() {
    return this.card
      .locator("li[data-booking]")
      .evaluateAll((items) => items.map((item) => ({ id: item.dataset.booking, state: item.dataset.state, text: item.textContent })));
  }

  /** Why something was refused. */
  async refusals() {
    await this.card.locator("[role=alert]").first().waitFor();
    return this.card.locator("[role=alert] li").allTextContents();
  }
}
