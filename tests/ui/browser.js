// A headless Chromium that watches what a page says and asks for.

import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // WebGL without a graphics card
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
];

export function startBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/**
 * A page of its own context, with the list of everything that should not have happened in it: errors and warnings
 * of the console, exceptions, violations of the content security policy, requests to anywhere else.
 */
export async function watchedPage(browser, base, options = {}) {
  const context = await browser.newContext({ baseURL: base, viewport: { width: 1280, height: 800 }, locale: "zh-CN", ...options });
  const faults = [];
  /** Of the console, where a test does something to be refused. */
  const expected = [];
  await context.exposeFunction("reportViolation", (text) => faults.push(`policy: ${text}`));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.reportViolation(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => faults.push(`exception: ${error.stack ?? error}`));
  page.on("console", (message) => {
    if (!["error", "warning"].includes(message.type())) return;
    // Chromium notes each answer of 400 and above; asking who is signed in, and a refused token, are answered 401.
    const refused = message.location().url.endsWith("/v1/session") && /\b401\b/.test(message.text());
    const text = `${message.text()} (${message.location().url})`;
    if (!refused && !isDriverNote(text) && !expected.some((pattern) => pattern.test(text))) faults.push(`console: ${text}`);
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${base}/`) && !url.startsWith("blob:") && !url.startsWith("data:")) faults.push(`request: ${url}`);
  });
  return { page, context, faults, expected };
}

/** What the software renderer says about itself when a picture is read back; nothing a page could do about it. */
function isDriverNote(text) {
  return /GL Driver Message/.test(text);
}

/** The number of pixels in which two pictures of the same size differ visibly. */
export async function differingPixels(browser, first, second) {
  const page = await browser.newPage();
  try {
    return await page.evaluate(
      async (pictures) => {
        const [a, b] = await Promise.all(
          pictures.map(async (base64) => {
            const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
            const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
            const canvas = new OffscreenCanvas(image.width, image.height);
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            return context.getImageData(0, 0, image.width, image.height);
          }),
        );
        if (a.width !== b.width || a.height !== b.height) throw new Error("the pictures differ in size");
        let differing = 0;
        for (let k = 0; k < a.data.length; k += 4) {
          const distance =
            Math.abs(a.data[k] - b.data[k]) + Math.abs(a.data[k + 1] - b.data[k + 1]) + Math.abs(a.data[k + 2] - b.data[k + 2]);
          if (distance > 24) differing++;
        }
        return differing;
      },
      [first.toString("base64"), second.toString("base64")],
    );
  } finally {
    await page.close();
  }
}
