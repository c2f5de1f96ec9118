# The commands of this repository. `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

LISTEN ?= 127.0.0.1:8080
DATA_DIR ?= data
DENY_VERSION ?= 0.20.2

WEB := server/web
UI := tests/ui
PAGE := $(WEB)/dist/index.html
BINARY := target/debug/huilu

# Always the whole workspace: with a selection (`-p huilu-server`) cargo would choose other features for shared
# dependencies and compile the database and web stack a second time.
CARGO_BUILD := cargo build --locked --workspace

web_sources := $(shell find $(WEB)/src $(WEB)/public $(WEB)/index.html $(WEB)/vite.config.ts $(WEB)/tsconfig.json \
	-type f 2>/dev/null)

.PHONY: help
help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 18

# ---- running

.PHONY: run
run: build ## build everything, seed the demo city once, serve it on 127.0.0.1:8080
	@$(BINARY) serve --demo --listen $(LISTEN) --data-dir $(DATA_DIR)

.PHONY: build
build: system-packages-build $(PAGE) ## build the binary with its page
	@test -x $(BINARY) || echo "building (the first time takes about a quarter of an hour: HiGHS is compiled from source) ..."
	$(CARGO_BUILD)

.PHONY: web
web: $(PAGE) ## build the page into server/web/dist

.PHONY: clean-data
clean-data: ## forget the demo database
	rm -rf $(DATA_DIR)

# ---- testing

.PHONY: test
test: ## install what tests need and run every test
	@start=$$SECONDS; status=0; \
	$(MAKE) --no-print-directory --keep-going test-web test-rust test-ui || status=$$?; \
	echo "make test took $$(( SECONDS - start )) s"; \
	exit $$status

.PHONY: test-web
test-web: $(PAGE) ## test the page's code
	cd $(WEB) && npm test

# Built first: the end-to-end tests start the binary, which `cargo test` alone does not build. What passing tests print is
# shown: figures of the cities' days, and what was skipped for want of data.
.PHONY: test-rust
test-rust: system-packages-test road-engines $(PAGE) ## test the crates, and the binary end to end
	$(CARGO_BUILD)
	cargo test --locked --workspace --no-fail-fast -- --show-output

.PHONY: test-ui
test-ui: system-packages-test $(PAGE) $(UI)/node_modules/.installed ## test the served page in a browser
	$(CARGO_BUILD)
	cd $(UI) && npm test

.PHONY: bench
bench: system-packages-bench build ## measure for about half an hour: figures are printed, nothing is asserted
	@tests/bench/figures.py

.PHONY: bench-roads
bench-roads: system-packages-bench build ## measure roads against OSRM, Valhalla, OSMnx and drivers' speeds, about ten minutes
	$(CARGO_BUILD) --examples
	@tests/bench/roads.py $(PARTS)

# ---- looking after the code

.PHONY: lint
lint: system-packages-build $(PAGE) ## formatting, clippy with warnings denied, docs, types, dependencies
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps
	cd $(WEB) && npx tsc --noEmit
	@$(MAKE) --no-print-directory deny

.PHONY: deny
deny: ## licences, sources and known advisories of every dependency
	@.ci/deny $(DENY_VERSION)

.PHONY: fmt
fmt: ## format the Rust code
	cargo fmt --all

.PHONY: bless
bless: system-packages-build $(PAGE) ## regenerate openapi.json and the page's types from it
	HUILU_BLESS=1 cargo test --locked --workspace --lib openapi
	cd $(WEB) && npm run types

# ---- what the commands above stand on

.PHONY: system-packages-build system-packages-bench system-packages-test
system-packages-build system-packages-bench system-packages-test: system-packages-%:
	@.ci/system-packages $*

.PHONY: road-engines
road-engines: system-packages-test
	@.ci/road-engines

# The marks lie inside node_modules, so that they go where it goes.
$(WEB)/node_modules/.installed: $(WEB)/package.json $(WEB)/package-lock.json $(WEB)/.npmrc
	@.ci/node-version
	cd $(WEB) && npm ci </dev/null
	@touch $@

$(UI)/node_modules/.installed: $(UI)/package.json $(UI)/package-lock.json $(UI)/.npmrc
	@.ci/node-version
	cd $(UI) && npm ci </dev/null
	@touch $@

# vite empties the folder first; the committed placeholder comes back from public/
$(PAGE): $(WEB)/node_modules/.installed $(web_sources)
	cd $(WEB) && npm run build
	@touch $@
