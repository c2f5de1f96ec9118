// The built binary with the demo city in a folder of its own, and what it printed.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Seeding, preparing the roads and the first plan included. */
const START_LIMIT_MS = 300_000;
const PLAN_SECONDS = 15;

const BINARY = process.env.HUILU_BINARY ?? fileURLToPath(new URL("../../target/debug/huilu", import.meta.url));

/** Starts `huilu serve --demo` on a free port; resolves once its first plan is made and published. */
export async function startDemo() {
  const folder = await mkdtemp(join(tmpdir(), "huilu-ui-"));
  const flags = ["--listen", "127.0.0.1:0", "--data-dir", join(folder, "data"), "--plan-seconds", String(PLAN_SECONDS)];
  const child = spawn(BINARY, ["serve", "--demo", ...flags], {
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
        const listening = /^listening on (http:\S+?)\/?(?:\s|$)/.exec(line);
        const token = /^token (\w+):\s+(\S+)/.exec(line);
        if (listening) base = listening[1];
        if (token) tokens[token[1]] = token[2];
        if (line.startsWith("the first plan: ")) reject(new Error(line));
        if (line.startsWith("open http")) resolve();
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

  const late = sleep(START_LIMIT_MS, "it was not ready in time", { ref: false });
  const failure = await Promise.race([ready.then(() => undefined, String), ended, late]);
  if (failure !== undefined) {
    await stop();
    throw new Error(`the server did not start (${failure}):\n${log.slice(-60).join("\n")}`);
  }
  /** A request in a role, as another program would make it. */
  async function ask(role, method, path, body) {
    const headers = { Authorization: `Bearer ${tokens[role]}`, "Content-Type": "application/json" };
    if (method === "POST") headers["Idempotency-Key"] = randomUUID();
    const response = await fetch(`${base}${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: HTTP ${response.status} ${await response.text()}`);
    return response.json();
  }

  return {
    base,
    tokens,
    ask,
    stop,
    /** Lines of the log that no run should hold. */
    faults: () => log.filter((line) => / ERROR |^ERROR |panicked at/.test(line)),
  };
}
