# Two commands for people: `make run` and `make test`. Everything else is cargo.

SHELL := /bin/bash
export CARGO_BUILD_JOBS ?= $(shell nproc)
BIN := target/release/peregrine

.PHONY: run test build deps deps-test bench hostile vm vm-rules

## build what is needed on a fresh Debian machine and watch this host (as root)
run: build
	@[ "$$(id -u)" = 0 ] || { echo "peregrine watches the kernel: run 'make run' as root"; exit 1; }
	exec $(BIN) run $(ARGS)

build: deps
	cargo build --locked --release --package peregrine-cli

## every test; as root the kernel tests run too
test: deps-test
	./scripts/test.sh

deps:
	./scripts/deps.sh build

deps-test:
	./scripts/deps.sh test

## everything measured in one go, as root, into docs/benchmarks.md: make bench ARGS="--rules falco_rules.yaml"
bench: deps
	cargo xtask bench $(ARGS)

## a minute of hostile load as an ordinary user, the agent limited to 64 MB; as root
hostile: deps-test
	PEREGRINE_HOSTILE=60 cargo test --release --locked --package peregrine-cli --test live hostile:: -- --nocapture

## the kernel tests on Debian's 6.1 and 6.12 kernels, in QEMU
vm: deps-test
	./scripts/vm.sh

## Falco's official rules against acts of our own in a guest: make vm-rules RULES=folder KERNEL=6.12
vm-rules: deps-test
	./scripts/vm-rules.sh $(RULES) $(KERNEL)
