.DEFAULT_GOAL := help
.PHONY: help build run test test-short check race vuln systems release bench results real fixtures generate clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

build: ## build bin/runner, one static binary
	CGO_ENABLED=0 go build -o bin/runner ./runner

run: build data/quickstart/train.csv ## make synthetic trailers and train specs/quickstart.toml
	bin/runner exec specs/quickstart.toml

data/trailers/train.csv: | build
	bin/runner synth data/trailers

data/warm/train.csv: | build
	bin/runner synth data/warm --train 4 --test 1 --unlabeled 4 --min-frames 20 --max-frames 20

data/quickstart/train.csv: | build
	bin/runner synth data/quickstart --train 200 --test 150 --unlabeled 400 --classes 8

data/scarce/train.csv: | build
	bin/runner synth data/scarce --train 80 --test 300 --unlabeled 800 --classes 8 --max-frames 12 --size 96 --seed 5

data/scarce-valid/train.csv: | build
	bin/runner synth data/scarce-valid --train 80 --test 0 --unlabeled 0 --classes 8 --max-frames 12 --size 96 --seed 6

test: ## run all tests
	go test -timeout 30m ./...

test-short: ## run the fast tests, without those that are end to end or train long
	go test -short ./...

bench: build data/trailers/train.csv data/quickstart/train.csv data/warm/train.csv ## measure training and scoring, in turns with PyTorch where it is installed
	@$(if $(torch),:,echo "PyTorch is not installed for $(PYTHON): ours alone")
	rm -f $(TABLE)
	$(measure) specs/sesemi.toml --title "SESEMI step, ResNet-50 at 224 px, last block trained, 2+2 samples of up to 20 frames" \
		-s data.batch=2 --steps 2 $(call against,--data data/trailers)
	$(measure) specs/sesemi.toml --title "the same from the second epoch on, 2+2 samples of 20 frames, the frozen prefix's output kept on disk (PyTorch computes it)" \
		-s data.batch=2 -s data.labeled=data/warm/train.csv -s data.unlabeled=data/warm/unlabeled.csv -s data.test= -s phase.joint.epochs=100 \
		-s 'backbone.cache={ dir = "data/warm/cache" }' --warmup 4 --steps 2 $(call against,--data data/warm)
	$(measure) specs/sesemi.toml --eval --title "scoring a test set, ResNet-50 at 224 px, 4 samples at a time" \
		-s data.cache=0B -s eval.batch=4 --steps 2 $(call against,--task eval --batch 4 --data data/trailers)
	$(measure) specs/quickstart.toml --title "SESEMI step, ResNet-18 at 64 px, all trained, 8+8 samples of up to 20 frames" \
		-s backbone.width=64 -s data.frames=20 --steps 5 $(call against,--data data/quickstart --backbone resnet18 --trainable all --batchnorm batch --size 64 --batch 8)
	@echo; cat $(TABLE)

PYTHON  := /usr/bin/python3
TABLE   := bin/bench.md
ROUNDS  := 3
measure  = bin/runner bench --table $(TABLE) --rounds $(ROUNDS)
torch    = $(shell $(PYTHON) -c 'import torch, torchvision; print(torch.__version__)' 2>/dev/null)
against  = $(if $(torch),$(foreach mode,plain expert,--against "PyTorch $(mode)=$(PYTHON) runner/bench/reference/sesemi.py --mode $(mode) $(1)"))

METHODS := supervised simclr rotation sesemi byol fixmatch mean-teacher entropy-min

results: build data/scarce/train.csv data/scarce-valid/train.csv ## compare all methods with few labels: 48 trainings, the table goes into specs/results/README.md
	bin/runner compare $(METHODS:%=specs/results/%.toml) --seeds 5 --scale 0.3,1 --out runs/results --into specs/results/README.md

data/real/npm: specs/real/package.json specs/real/package-lock.json
	rm -rf $@.new && mkdir -p $@.new && cp $^ $@.new
	npm ci --prefix $@.new
	rm -rf $@ && mv $@.new $@

data/real/emoji.json: | data/real/npm
	go run ./specs/real/prepare emoji data/real/npm/node_modules/emoji-datasource $@

data/real/openclipart:
	rm -rf $@.new && mkdir -p $@.new
	cd $@.new && apt-get download openclipart-png && dpkg-deb -x openclipart-png_*.deb . && rm openclipart-png_*.deb
	mv $@.new $@

CLIPART := data/real/openclipart/usr/share/openclipart/png

data/real/clipart.json: | data/real/openclipart
	go run ./specs/real/prepare clipart $(CLIPART) $@

clipart := -s data.labeled=$(CLIPART) -s data.split.file=data/real/clipart.json -s data.class_file=data/real/clipart.txt \
	-s data.size=32 -s data.frame_cache.dir=data/real/cache

real: build data/real/emoji.json data/real/clipart.json ## compare all methods on public pictures (needs npm, apt-get): the tables go into specs/real
	@echo "licences: emoji data MIT, Google Apache 2.0, Twitter CC BY 4.0, Apple not for commercial use, Facebook unclear; openclipart public domain"
	bin/runner compare $(METHODS:%=specs/real/%.toml) --seeds 5 --scale 0.3,1 --out runs/real/emoji --into specs/real/README.md
	bin/runner compare $(METHODS:%=specs/real/%.toml) $(clipart) --seeds 5 --scale 0.3,1 --out runs/real/clipart --into specs/real/CLIPART.md

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.6.0

check: ## the whole gate: format, vet, staticcheck, tests (of which some hold the style: 120 columns, names of types)
	@test -z "$$(gofmt -l core plugins registry runner specs)" || { gofmt -l core plugins registry runner specs; echo "gofmt: the files above are not formatted"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	$(MAKE) test

PACKAGES := ./...

race: ## look for data races in all packages (needs cgo and a C compiler); PACKAGES=./runner/data takes some
	CGO_ENABLED=1 go test -race -short -timeout 30m $(PACKAGES)

vuln: ## look for known vulnerabilities in what is called; skipped, and said so, without the database
	@.ci/vuln $(GOVULNCHECK)

systems: ## build for macOS and arm64 too, and see that Windows is refused with a sentence
	@.ci/systems

release: ## check .goreleaser.yaml, where goreleaser is installed
	@if command -v goreleaser >/dev/null; then goreleaser check; else echo "SKIPPED: .goreleaser.yaml is not checked: goreleaser is not installed"; fi

generate: ## write generated code again
	go generate ./core/internal/kernel/internal/avx ./core/wire/pb

fixtures: ## write the test fixtures again (needs python3 with torch, torchvision, sklearn)
	@for f in $$(git ls-files '*testdata/fixtures.py'); do echo $$f; (cd $$(dirname $$f) && /usr/bin/python3 fixtures.py) || exit 1; done

clean: ## remove what was built, made and trained
	rm -rf bin data runs
