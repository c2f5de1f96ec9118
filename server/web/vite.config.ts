import { defineConfig } from "vitest/config";

export default defineConfig({
  // The binary serves the page at its root, and nothing is fetched from anywhere else.
  base: "/",
  build: {
    target: "es2022",
    sourcemap: false,
    // The content security policy allows no inline data but images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // MapLibre alone is a megabyte.
    chunkSizeWarningLimit: 1500,
  },
  server: { proxy: { "/v1": "http://127.0.0.1:8080" } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
