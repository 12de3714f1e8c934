.DEFAULT_GOAL := help
.PHONY: help build run test check fixtures generate clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

build: ## build bin/runner, one static binary
	CGO_ENABLED=0 go build -o bin/runner ./runner

run: build data/quickstart/train.csv ## make synthetic trailers and train specs/quickstart.toml
	bin/runner exec specs/quickstart.toml

data/quickstart/train.csv: | build
	bin/runner synth data/quickstart --train 200 --test 150 --unlabeled 400 --classes 8

test: ## run all tests
	go test ./...

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
