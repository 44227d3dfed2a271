# `make run`, `make test`, `make install`: everything else is cargo. `make` alone says what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help
export CARGO_BUILD_JOBS ?= $(shell nproc)
# As scripts/toolchain.sh finds it.
TARGET := $(or $(CARGO_TARGET_DIR),target)
BIN := $(TARGET)/release/peregrine
PREFIX ?= /usr/local
BINDIR := $(PREFIX)/bin
UNITDIR := $(PREFIX)/lib/systemd/system

.PHONY: help run build install uninstall test test-live test-kafka bench hostile quiet delivery reload soak hub walk vm vm-rules package package-try kubernetes vm-guard vm-service

## this list
help:
	@echo 'Peregrine: runtime security for Linux. README.md has the first steps.'; echo
	@awk '/^## / { text = substr($$0, 4); next } \
	  /^[a-z-]+:/ { if (text) { split($$1, name, ":"); printf "  make %-10s %s\n", name[1], text } text = "" }' Makefile

## build what is needed on a fresh Debian machine and watch this host: make run ARGS="-r mine.yaml"
run:
	@./scripts/run.sh $(ARGS)

## build target/release/peregrine, its symbols beside it, pages and completions
build:
	@./scripts/deps.sh build
	@. scripts/toolchain.sh && cargo build --locked --release --package peregrine-cli
	@./scripts/strip.sh "$(BIN)"
	@mkdir -p "$(TARGET)/release/completions"
	@"$(BIN)" man --dir "$(TARGET)/release/man"
	@for shell in bash fish zsh; do "$(BIN)" completions $$shell >"$(TARGET)/release/completions/$$shell"; done
	@ls -sh "$(BIN)"

## install what was built, with unit, pages and completions: make install PREFIX=/usr DESTDIR=/tmp/root
install:
	@[ -x "$(BIN)" ] || { echo "there is no $(BIN): first 'make build'" >&2; exit 1; }
	install -D -m 755 "$(BIN)" "$(DESTDIR)$(BINDIR)/peregrine"
	install -d "$(DESTDIR)$(PREFIX)/share/man/man1" "$(DESTDIR)$(UNITDIR)" "$(DESTDIR)/etc/peregrine/rules.d"
	install -m 644 "$(TARGET)"/release/man/*.1 "$(DESTDIR)$(PREFIX)/share/man/man1"
	install -D -m 644 "$(TARGET)/release/completions/bash" "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/peregrine"
	install -D -m 644 "$(TARGET)/release/completions/zsh" "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_peregrine"
	install -D -m 644 "$(TARGET)/release/completions/fish" "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/peregrine.fish"
	sed 's|@BINDIR@|$(BINDIR)|' packaging/peregrine.service >"$(DESTDIR)$(UNITDIR)/peregrine.service"
	@echo "to watch from now on and after each start: systemctl enable --now peregrine"

## remove what was installed; /etc/peregrine stays
uninstall:
	rm -f "$(DESTDIR)$(BINDIR)/peregrine" "$(DESTDIR)$(UNITDIR)/peregrine.service"
	rm -f "$(DESTDIR)$(PREFIX)"/share/man/man1/peregrine{,-*}.1
	rm -f "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/peregrine"
	rm -f "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_peregrine"
	rm -f "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/peregrine.fish"

## every check that touches nothing but temporary folders and namespaces
test:
	@./scripts/test.sh here

## as root: the tests that load kernel programs into this host and act on it, see README.md
test-live:
	@./scripts/test.sh live

## the tests of the type kafka, with the broker librdkafka brings; compiles it, which takes minutes
test-kafka:
	@./scripts/deps.sh test
	@. scripts/toolchain.sh && cargo test --package peregrine-outputs --features kafka kafka

## everything measured in one go, as root, into docs/benchmarks.md: make bench ARGS="--rules falco_rules.yaml"
bench:
	@./scripts/deps.sh build
	@. scripts/toolchain.sh && cargo xtask bench $(ARGS)

## a minute of hostile load as an ordinary user, the agent limited to 64 MB; as root
hostile:
	@./scripts/deps.sh live
	. scripts/toolchain.sh && PEREGRINE_HOSTILE=60 cargo test --release --locked --package peregrine-cli --test live hostile:: -- --nocapture

## ten idle minutes of this host, on which no rule of ours may raise an alert; as root
quiet:
	@./scripts/deps.sh live
	. scripts/toolchain.sh && CI=1 PEREGRINE_QUIET=600 cargo test --release --locked --package peregrine-cli --test live live_quiet -- --nocapture

## as root: receivers that are away or misbehave for a minute, and outputs of 100 alerts a second under 10,000
delivery:
	@./scripts/deps.sh live
	. scripts/toolchain.sh && PEREGRINE_RECEIVER_AWAY=60 cargo test --release --locked --package peregrine-cli --test live receiver -- --nocapture --test-threads=1
	. scripts/toolchain.sh && PEREGRINE_SLOW_OUTPUT=30 cargo test --release --locked --package peregrine-outputs --lib slow_output -- --nocapture
	. scripts/toolchain.sh && PEREGRINE_SLOW_OUTPUT=30 cargo test --release --locked --package peregrine-agent --lib reads_slowly -- --nocapture

## as root: 100 reloads at 50,000 opens a second with matches among them: what each takes, and how long events wait
reload:
	@./scripts/deps.sh live
	. scripts/toolchain.sh && PEREGRINE_RELOADS=100 cargo test --release --locked --package peregrine-cli --test live reloads_under_load -- --nocapture

## as root: half an hour of everything at once, its memory, losses and alerts into docs/soak.md: make soak MINUTES=2
soak:
	@./scripts/deps.sh build
	@. scripts/toolchain.sh && cargo xtask bench soak --minutes $(or $(MINUTES),30) $(ARGS)

## the hub: killed a hundred times under load, and every alert of real Falco in and out
hub:
	@./scripts/deps.sh build
	. scripts/toolchain.sh && cargo test --release --locked --package peregrine-hub --lib -- --ignored --nocapture --test-threads=1 of_falco_comes hundred_times

## a .deb, an .rpm and a .tar.gz of what was built, into target/packages
package:
	@./scripts/deps.sh build
	@./scripts/package.sh

## the Helm chart rendered into packaging/kubernetes, and validated; fetches 100 MB
kubernetes:
	@./scripts/deps.sh kubernetes
	PYTHONPATH="$(TARGET)/tools/kubernetes" python3 scripts/kubernetes.py $(ARGS)

## as root: the .deb installed, upgraded and removed in a bare Debian root; takes a minute or two
package-try:
	@./scripts/deps.sh build
	@./scripts/package.sh try

## as root: both commands in a bare Debian root, with time, disk and silence; takes an hour
walk:
	./scripts/walk.sh $(ARGS)

## the kernel tests on Debian's 6.1 and 6.12 kernels, in QEMU
vm:
	@./scripts/deps.sh live
	./scripts/vm.sh

## as root: prevention in the kernel against acts by every way, on Debian's 6.1 and 6.12 kernels, in QEMU
vm-guard:
	@./scripts/deps.sh live
	./scripts/vm-guard.sh $(KERNEL)

## Falco's official rules against acts of our own in a guest: make vm-rules RULES=folder KERNEL=6.12
vm-rules:
	@./scripts/deps.sh live
	./scripts/vm-rules.sh $(RULES) $(KERNEL)

## as root: the .deb under systemd in QEMU; ARGS=everyday: with the policies we ship enforced; takes some minutes
vm-service:
	@./scripts/deps.sh build
	@./scripts/vm-service.sh $(ARGS)
