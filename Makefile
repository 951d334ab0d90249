# Two commands do everything on a fresh machine: `make run` and `make test`. Both install the packages they need.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build
JOBS ?= $(shell nproc)
EXAMPLE ?= examples/node-express

.PHONY: build run test test-unit test-e2e test-asan test-tsan bench lint format fuzz install clean

build: ## the program, at build/release/podwright
	@scripts/install-packages build
	@cmake --preset release >/dev/null
	@cmake --build --preset release --target podwright -- -j$(JOBS)

run: build ## deploys an example and shows the URL that answers
	@scripts/install-packages run
	@scripts/demo $(EXAMPLE)

test: ## lint, unit, contract, end-to-end and crash tests on the real systems
	@scripts/install-packages build run test
	@cmake --preset release >/dev/null
	@cmake --build --preset release -- -j$(JOBS)
	@ctest --preset all

test-unit: ## only what needs no Podman
	@cmake --preset release >/dev/null
	@cmake --build --preset release -- -j$(JOBS)
	@ctest --preset unit

test-asan test-tsan: test-%: ## unit tests under the sanitizers
	@scripts/install-packages build run test
	@cmake --preset $* >/dev/null
	@cmake --build --preset $* -- -j$(JOBS)
	@ctest --preset $*

bench: ## the figures of docs/performance.md, as ratios in one run
	@scripts/install-packages build run test
	@cmake --preset release >/dev/null
	@cmake --build --preset release -- -j$(JOBS)
	@python3 tests/bench/bench.py

fuzz: ## every fuzz target for a minute
	@scripts/install-packages build test
	@cmake --preset fuzz >/dev/null
	@cmake --build --preset fuzz --target fuzzers -- -j$(JOBS)
	@scripts/fuzz build/fuzz $${SECONDS_EACH:-60}

lint: ## clang-tidy over the whole tree
	@scripts/install-packages build test
	@scripts/lint

format:
	@scripts/install-packages test
	@git ls-files '*.cc' '*.hh' | xargs clang-format-19 -i

install: build
	@install -Dm755 build/release/podwright $(DESTDIR)/usr/local/bin/podwright

clean:
	@rm -rf build
