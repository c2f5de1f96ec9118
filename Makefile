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
PAGE := $(WEB)/dist/index.html
STAMPS := target/stamps
BINARY := target/debug/huilu

web_sources := $(shell find $(WEB)/src $(WEB)/public $(WEB)/index.html $(WEB)/vite.config.ts $(WEB)/tsconfig.json \
	-type f 2>/dev/null)

.PHONY: help
help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 18

# ---- running

.PHONY: run
run: $(STAMPS)/packages-build web build ## build everything, seed the demo city once, serve it on 127.0.0.1:8080
	@$(BINARY) serve --demo --listen $(LISTEN) --data-dir $(DATA_DIR)

.PHONY: build
build: $(STAMPS)/packages-build
	@test -x $(BINARY) || echo "building (the first time takes about a quarter of an hour: HiGHS is compiled from source) ..."
	cargo build --locked -p huilu-server

.PHONY: web
web: $(PAGE) ## build the page into server/web/dist

.PHONY: clean-data
clean-data: ## forget the demo database
	rm -rf $(DATA_DIR)

# ---- testing

.PHONY: test
test: ## install what tests need and run every test
	@start=$$SECONDS; \
	$(MAKE) --no-print-directory test-web test-rust test-ui; \
	echo "make test took $$(( SECONDS - start )) s"

.PHONY: test-web
test-web: $(PAGE)
	cd $(WEB) && npm test

.PHONY: test-rust
test-rust: $(STAMPS)/packages-test $(PAGE)
	cargo build --locked --workspace
	cargo test --locked --workspace --no-fail-fast

.PHONY: test-ui
test-ui: $(STAMPS)/packages-test $(PAGE) $(STAMPS)/npm-ui
	cargo build --locked -p huilu-server
	cd tests/ui && npm test

.PHONY: bench
bench: $(STAMPS)/packages-build ## measure: figures are printed, nothing is asserted
	cargo bench --locked -p huilu-optimizer
	cargo build --locked --workspace
	cargo test --locked -p huilu-tests --test city_day -- --nocapture --test-threads=1

# ---- looking after the code

.PHONY: lint
lint: $(STAMPS)/packages-build $(PAGE) deny ## formatting, clippy with warnings denied, docs, types, dependencies
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps
	cd $(WEB) && npx tsc --noEmit

.PHONY: deny
deny: ## licences, sources and known advisories of every dependency
	@.ci/deny $(DENY_VERSION)

.PHONY: fmt
fmt: ## format the Rust code
	cargo fmt --all

.PHONY: bless
bless: $(STAMPS)/packages-build $(STAMPS)/npm-web ## regenerate openapi.json, its TypeScript types and accepted snapshots
	HUILU_BLESS=1 INSTA_UPDATE=always cargo test --locked -p huilu-server -p huilu-api-spec openapi
	cd $(WEB) && npm run types

# ---- what the commands above stand on

$(STAMPS)/packages-build: .ci/system-packages
	@echo "checking the system packages that building needs ..."
	@.ci/system-packages build
	@mkdir -p $(@D) && touch $@

$(STAMPS)/packages-test: .ci/system-packages
	@echo "checking the system packages that testing needs ..."
	@.ci/system-packages test
	@mkdir -p $(@D) && touch $@ $(STAMPS)/packages-build

$(STAMPS)/npm-web: $(WEB)/package.json $(WEB)/package-lock.json $(WEB)/.npmrc
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); \
		if (a < 20 || (a === 20 && b < 19)) { console.error(`Node 20.19 or newer is needed, this is $${process.version}`); process.exit(1); }'
	cd $(WEB) && npm ci </dev/null
	@mkdir -p $(@D) && touch $@

$(STAMPS)/npm-ui: tests/ui/package.json tests/ui/package-lock.json tests/ui/.npmrc
	cd tests/ui && npm ci </dev/null
	@mkdir -p $(@D) && touch $@

# vite empties the folder first, so the committed placeholder is laid back
$(PAGE): $(STAMPS)/npm-web $(web_sources)
	cd $(WEB) && npm run build
	@touch $(WEB)/dist/.placeholder $@
