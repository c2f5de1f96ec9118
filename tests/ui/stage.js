// What a file of page tests stands on: a server with the demo's day and a browser, and for each test a page that leaves no fault behind.

import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { startBrowser, watchedPage } from "./browser.js";
import { startDemo } from "./server.js";

/** Registers what comes before and after the tests of the file; `server` and `browser` are there once they run. */
export function setStage() {
  let watched;
  const stage = {
    server: undefined,
    browser: undefined,
    /** The page of this test, see `watchedPage`. */
    async page(options) {
      watched = await watchedPage(stage.browser, stage.server.base, options);
      return watched;
    },
  };

  before(async () => {
    stage.server = await startDemo();
    stage.browser = await startBrowser();
  });

  after(async () => {
    await stage.browser?.close();
    await stage.server?.stop();
  });

  afterEach(async () => {
    const last = watched;
    watched = undefined;
    await last?.context.close();
    assert.deepEqual([...(last?.faults ?? []), ...stage.server.faults()], []);
  });

  return stage;
}
