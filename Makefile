.PHONY: help test ci soak bench demo
help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'
test: ## what the README says
	go test ./...
ci: ## the whole gate
	bash .ci/run
