# Needs Go, Node and npm, and the C compiler that the race detector asks for. All else is installed below this folder.

LINT_VERSION := v2.15.0
# The name carries both versions: a newer Go, or another pin, builds the linter anew.
GO_VERSION := $(firstword $(shell go env GOVERSION))
LINT := .bin/golangci-lint-$(LINT_VERSION)-$(GO_VERSION)

GORELEASER_VERSION := v2.16.0
GORELEASER := .bin/goreleaser-$(GORELEASER_VERSION)
SYFT_VERSION := v1.54.1
SYFT := .bin/syft-$(SYFT_VERSION)
COSIGN_VERSION := v3.1.3
COSIGN := .bin/cosign-$(COSIGN_VERSION)
GOVULNCHECK_VERSION := v1.9.0
GOVULNCHECK := .bin/govulncheck-$(GOVULNCHECK_VERSION)-$(GO_VERSION)

# Built from parts, so that this file does not hold what it looks for.
HOSTS := registry\.npm""js\.|proxy\.go""lang\.org|sum\.go""lang\.org|deb\.deb""ian\.org

.PHONY: build test chaos fuzz bench pictures lint vulncheck check check-format check-modules check-hosts clean
.PHONY: snapshot snapshot-one release release-documents

build: ## one static binary, ./facets-reconcile
	CGO_ENABLED=0 go build -trimpath -o facets-reconcile ./cmd/facets-reconcile

# Those that are skipped are listed at its end. The suites of e2e also install the npm clients that they drive (e2e/clients, by its
# lock file).
# RACE=-race has the race detector everywhere: in packages without goroutines and in the specs of e2e, too.
test: ## every test of both modules, the end-to-end suites included
	go run ./e2e/tests $(RACE) </dev/null

# CHAOS_TIME bounds it, CHAOS_SCHEDULES counts, CHAOS_SEED repeats: make chaos CHAOS_SEED=123 CHAOS_SCHEDULES=1
chaos: export CHAOS_TIME ?= 4m
chaos: ## random faults, kills and races against the sandbox and Verdaccio
	CHAOS_SEED=$(CHAOS_SEED) CHAOS_SCHEDULES=$(CHAOS_SCHEDULES) \
		go test ./e2e/chaos -v -vet=off -count=1 -timeout 0 -ginkgo.timeout 1000h </dev/null

# What only developers run is a module of its own, tools, so that the program needs nothing of what that needs.

# Needs Linux and an hour in which the machine has nothing else to do. BENCH holds flags: make bench BENCH=-quick
bench: ## compared with npm, pnpm and bun: the figures of docs/benchmarks.md, anew
	go -C tools build -o ../.bin/ ./bench
	.bin/bench $(BENCH)

# PICTURES says which: make pictures PICTURES='world DIR'; tools/pictures/main.go has them all.
pictures: ## those of the documentation, docs/pictures: needs Chromium and tmux
	go -C tools build -o ../.bin/ ./pictures
	.bin/pictures $(PICTURES)

# Two targets at a time, as much of the time goes into building them. Those that found something leave it in testdata/fuzz of their
# package, from where every later test takes it.
# FUZZ=blind has inputs made by chance alone, which saves compiling everything once more: .ci/fuzz.
FUZZTIME := 10s

fuzz: ## every fuzz target for FUZZTIME, 10s or 1000x
	@grep -rEo --include='*_test.go' --exclude-dir=node_modules '^func Fuzz[A-Za-z0-9]+' . | sort | tr '\n' '\0' | \
		xargs -0 -n 1 -P 2 .ci/fuzz $(FUZZTIME)

lint: $(LINT) ## golangci-lint, as .golangci.yml says
	$(LINT) run ./...
	cd tools && ../$(LINT) run ./...

# Not in .ci/run: it asks Go's database of vulnerabilities over the network, and fails when one is found there, without any change here.
vulncheck: $(GOVULNCHECK) ## does what is released reach code that is known to be vulnerable; Go's own library counts, too
	$(GOVULNCHECK) ./...

check: check-format check-modules check-hosts ## the tree: gofmt, go.mod of both modules, and that no package registry is named

check-format:
	@unformatted=$$(find . -name node_modules -prune -o -name '*.go' -print0 | xargs -0 gofmt -l) && \
		if [ -n "$$unformatted" ]; then printf 'not formatted, run gofmt -w on:\n%s\n' "$$unformatted" >&2; exit 1; fi

check-modules:
	go mod tidy -diff
	go -C tools mod tidy -diff

check-hosts:
	@git grep --untracked -nIE "$(HOSTS)" -- .; case $$? in \
		1) ;; \
		0) echo 'a package registry is named above: take its host out, tests use registry.example.test' >&2; exit 1;; \
		*) echo 'git grep failed: run this in a git checkout' >&2; exit 1;; esac

# A release of this program itself, in dist. goreleaser and syft are built into .bin the first time, which takes minutes: for the
# archives alone, make snapshot SKIP=sbom. Images are left out where no Docker daemon runs.
snapshot: $(GORELEASER) $(if $(filter sbom,$(SKIP)),,$(SYFT)) ## all six targets with archives, checksums and SBOMs, published nowhere
	PATH="$(CURDIR)/.bin:$$PATH" HOMEBREW_TOKEN= $(GORELEASER) release --snapshot --clean --skip=sign $(addprefix --skip=,$(SKIP)) \
		$$(docker info >/dev/null 2>&1 || echo --skip=docker)

snapshot-one: $(GORELEASER) ## is .goreleaser.yaml valid, and does it build this machine's binary
	$(GORELEASER) check
	$(GORELEASER) build --snapshot --single-target --clean
	dist/*/facets-reconcile* version

release: $(GORELEASER) $(SYFT) $(COSIGN) ## publish the tag that is checked out, in its CircleCI job; docs/releasing.md
	PATH="$(CURDIR)/.bin:$$PATH" $(GORELEASER) release --clean

release-documents: ## the man pages and completions that .goreleaser.yaml packs
	rm -rf .bin/release && mkdir -p .bin/release/completions
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) go run ./cmd/facets-reconcile man .bin/release/man
	go run ./cmd/facets-reconcile completion bash >.bin/release/completions/facets-reconcile.bash
	go run ./cmd/facets-reconcile completion zsh >.bin/release/completions/_facets-reconcile
	go run ./cmd/facets-reconcile completion fish >.bin/release/completions/facets-reconcile.fish
	go run ./cmd/facets-reconcile completion powershell >.bin/release/completions/facets-reconcile.ps1

clean: ## what the other targets made
	rm -rf .bin dist facets-reconcile e2e/clients/node_modules e2e/clients/bun/node_modules tools/bench/clients/node_modules

# With this module's Go, as a linter built by an older one refuses to read the code.
$(LINT):
	GOTOOLCHAIN=$(GO_VERSION) GOBIN="$(CURDIR)/.bin" go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv .bin/golangci-lint $@

$(GORELEASER):
	GOBIN="$(CURDIR)/.bin" go install github.com/goreleaser/goreleaser/v2@$(GORELEASER_VERSION)
	mv .bin/goreleaser $@

$(SYFT):
	GOBIN="$(CURDIR)/.bin" go install github.com/anchore/syft/cmd/syft@$(SYFT_VERSION)
	cp .bin/syft $@ # goreleaser looks for it by its plain name

$(COSIGN):
	GOBIN="$(CURDIR)/.bin" go install github.com/sigstore/cosign/v3/cmd/cosign@$(COSIGN_VERSION)
	cp .bin/cosign $@ # .ci/sign looks for it by its plain name

# With this module's Go, as one built by an older one refuses to read the code.
$(GOVULNCHECK):
	GOTOOLCHAIN=$(GO_VERSION) GOBIN="$(CURDIR)/.bin" go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
	mv .bin/govulncheck $@
