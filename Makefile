.DEFAULT_GOAL := help
.PHONY: help build run test check bench fixtures generate clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

build: ## build bin/runner, one static binary
	CGO_ENABLED=0 go build -o bin/runner ./runner

run: build data/quickstart/train.csv ## make synthetic trailers and train specs/quickstart.toml
	bin/runner exec specs/quickstart.toml

data/trailers/train.csv: | build
	bin/runner synth data/trailers

data/quickstart/train.csv: | build
	bin/runner synth data/quickstart --train 200 --test 150 --unlabeled 400 --classes 8

test: ## run all tests
	go test ./...

bench: build data/trailers/train.csv data/quickstart/train.csv ## measure training steps, in turns with PyTorch where it is installed
	@$(if $(call against,),:,echo "PyTorch is not installed for $(PYTHON): ours alone")
	bin/runner bench specs/sesemi.toml -s data.batch=2 --steps 2 $(call against,--data data/trailers)
	bin/runner bench specs/quickstart.toml -s backbone.width=64 -s data.frames=20 --steps 5 $(call against,--data data/quickstart --backbone resnet18 --trainable all --batchnorm batch --size 64 --batch 8)

PYTHON := /usr/bin/python3
against = $(if $(shell $(PYTHON) -c 'import torch, torchvision' 2>&1),,$(foreach mode,plain expert,--against "$(mode)=$(PYTHON) runner/bench/reference/sesemi.py --mode $(mode) $(1)"))

check: ## all that CI checks: format, vet, generated code, tests
	@test -z "$$(gofmt -l core plugins registry runner)" || { gofmt -l core plugins registry runner; echo "gofmt: the files above are not formatted"; exit 1; }
	go vet ./...
	$(MAKE) test

generate: ## write generated code again
	go generate ./core/kernel/internal/avx ./core/wire/pb

fixtures: ## write the test fixtures again (needs python3 with torch, torchvision, sklearn)
	@for f in $$(git ls-files '*testdata/fixtures.py'); do echo $$f; (cd $$(dirname $$f) && /usr/bin/python3 fixtures.py) || exit 1; done

clean: ## remove what was built, made and trained
	rm -rf bin data runs
