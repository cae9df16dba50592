# The same commands at a desk and in CI. Nothing needs installing but Go (and, for test-sdk, Python and Node): tools are built from
# tools/go.mod, which is a module of its own because they need other versions of what the product needs too.

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT   ?= $(shell git rev-parse HEAD 2>/dev/null)
FUZZTIME ?= 30s
AGAINST  ?= HEAD

TOOLS := bin/tools
LINT  := $(TOOLS)/golangci-lint
BUF   := $(TOOLS)/buf

.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## bin/taproot
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)' \
	  -o bin/taproot ./cmd/taproot

.PHONY: run
run: build ## a node on this machine, its data in ./taproot-data
	bin/taproot serve

.PHONY: test
test: ## all tests that need nothing but Go, under the race detector
	go test -race -shuffle=on ./...

.PHONY: test-sdk
test-sdk: build ## the released SDKs (Go, Python, Node) against bin/taproot
	tests/sdk/run

.PHONY: bench
bench: build ## the product beside bare ceilings; BENCH='-quick -only create' passes flags
	TAPROOT_BIN=$(CURDIR)/bin/taproot go run ./tests/bench $(BENCH)

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME
	@for file in $$(git grep -l --untracked '^func Fuzz' -- '*_test.go' ':!tests/sdk'); do \
	  for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$file); do \
	    echo "== $$(dirname $$file) $$target"; \
	    go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) ./$$(dirname $$file) || exit 1; \
	  done; \
	done

.PHONY: cover
cover: ## coverage of the tests, as bin/cover.html
	@mkdir -p bin
	go test -coverpkg=./... -coverprofile=bin/cover.out ./...
	go tool cover -html=bin/cover.out -o bin/cover.html
	@go tool cover -func=bin/cover.out | tail -n 1

.PHONY: lint
lint: $(LINT) $(BUF) ## linters, formatting, who may import whom
	$(LINT) run ./...
	$(BUF) lint
	go test -run '^TestLayering' ./tests

.PHONY: fmt
fmt: $(LINT) $(BUF) ## format everything
	$(LINT) fmt ./...
	$(BUF) format -w

.PHONY: fix
fix: $(LINT) ## let the linters repair what they can
	$(LINT) run --fix ./...

.PHONY: generate
generate: $(BUF) ## generated code from proto/
	$(BUF) generate

# Beside the tree, so that what is not committed yet can be checked too.
.PHONY: generate-check
generate-check: $(BUF) ## fails if generated code is not what generate makes
	@rm -rf bin/generated && mkdir -p bin/generated
	$(BUF) generate -o bin/generated
	diff -ru --exclude='*.proto' proto bin/generated/proto
	@rm -rf bin/generated

.PHONY: proto-breaking
proto-breaking: $(BUF) ## fails if proto/ breaks its users since AGAINST
	$(BUF) breaking --against '.git#ref=$(AGAINST)'

.PHONY: clean
clean: ## what was built; data and caches stay
	rm -rf bin

$(LINT): tools/go.mod tools/go.sum
	go -C tools build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(BUF): tools/go.mod tools/go.sum
	go -C tools build -o ../$@ github.com/bufbuild/buf/cmd/buf
