.PHONY: help build test ci soak bench demo peers man release

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

build: ## build ./tokpit
	CGO_ENABLED=0 go build -trimpath -o tokpit .

test: ## what the README says
	go test ./...

demo: ## open the cockpit on made-up data
	go run . --demo

ci: ## the whole gate
	bash .ci/run

soak: ## what takes longer: large trees, many kills, long fuzzing; in SOAK_MINUTES (60)
	bash .ci/soak

bench: ## all benchmarks, with allocations
	go test -run '^$$' -bench . -benchmem ./...

peers: ## compare speed with ccusage and tokscale on the same tree
	bash .ci/peers

man: ## write the manual page, ./tokpit.1
	go run . man > tokpit.1

release: ## archives of HEAD for every system, and SHA256SUMS, in dist/
	bash .ci/release
