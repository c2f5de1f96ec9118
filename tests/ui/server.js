// The built binary with the demo city in a folder of its own, and what it printed.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Seeding, preparing the roads and the first plan included. */
const START_LIMIT_MS = 300_000;

const BINARY = process.env.HUILU_BINARY ?? fileURLToPath(new URL("../../target/debug/huilu", import.meta.url));

/** Starts `huilu serve --demo` on a free port; resolves once it listens and has printed the three tokens. */
export async function startDemo() {
  const folder = await mkdtemp(join(tmpdir(), "huilu-ui-"));
  const child = spawn(BINARY, ["serve", "--demo", "--listen", "127.0.0.1:0", "--data-dir", join(folder, "data")], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", RUST_LOG: "info" },
  });
  const log = [];
  const tokens = {};
  let base;
  const ended = new Promise((resolve) => child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`)));
  const ready = new Promise((resolve, reject) => {
    child.once("error", reject);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        log.push(line);
        const listening = /^\s*listening on (http:\S+?)\/?$/.exec(line);
        const token = /^\s*token (\w+):\s+(\S+)/.exec(line);
        if (listening) base = listening[1];
        if (token) tokens[token[1]] = token[2];
        if (base && Object.keys(tokens).length >= 3) resolve();
      });
    }
  });

  async function stop() {
    child.kill("SIGTERM");
    const stopped = await Promise.race([ended.then(() => true), sleep(10_000, false)]);
    if (!stopped) child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  }

  const late = sleep(START_LIMIT_MS, "it did not listen in time", { ref: false });
  const failure = await Promise.race([ready.then(() => undefined), ended, late]);
  if (failure !== undefined) {
    await stop();
    throw new Error(`the server did not start (${failure}):\n${log.slice(-60).join("\n")}`);
  }
  return {
    base,
    tokens,
    stop,
    /** Lines of the log that no run should hold. */
    faults: () => log.filter((line) => / ERROR |^ERROR |panicked at/.test(line)),
  };
}
