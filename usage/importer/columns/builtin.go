package columns

// Builtin returns the maps for files that many people have.
func Builtin() []Map {
	return []Map{cursor(), openaiUsage(), openaiCosts(), openrouter(), helicone()}
}

// cursor is the export of Cursor's dashboard, in all the forms it has had. The two
// input columns are disjoint: the row's total is the sum of all four classes. The
// cost of a row that the plan includes is what Cursor reckons it at, no charge.
func cursor() Map {
	return Map{
		Name: "cursor", Title: "usage events of Cursor's dashboard (CSV)", Form: "csv",
		Knows: []string{"Date", "Model", "Input (w/ Cache Write)", "Input (w/o Cache Write)", "Output Tokens"},
		Time:  Time{Column: "Date", Zone: "UTC"},
		Tokens: Tokens{Input: "Input (w/o Cache Write)", CacheWrite5m: "Input (w/ Cache Write)", CacheRead: "Cache Read ?",
			Output: "Output Tokens", Total: "Total Tokens ?"},
		Columns:   map[string]string{"model": "Model", "amount": "Cost to you | Cost ?", "user": "User ?", "session": "Cloud Agent ID ?"},
		Constants: map[string]string{"provider": "cursor"},
		Currency:  "USD",
		Tags:      map[string]string{"kind": "Kind ?"},
		Except:    map[string][]string{"Kind ?": {"Errored, Not Charged", "Aborted, Not Charged", "Errored, No Charge", "Aborted, No Charge"}},
	}
}

// openaiUsage is the export of completions usage from OpenAI's dashboard. Cached
// tokens stand inside the input; a bucket without usage is a row without a model.
func openaiUsage() Map {
	return Map{
		Name: "openai-csv", Title: "completions usage of OpenAI's dashboard (CSV)", Form: "csv", Rows: "sum",
		Knows:  []string{"start_time", "end_time", "num_model_requests", "model", "input_tokens", "output_tokens"},
		Time:   Time{Column: "start_time", Format: "unix", End: "end_time"},
		Tokens: Tokens{Input: "input_tokens", InputIncludes: []string{"cache_read"}, CacheRead: "input_cached_tokens ?", Output: "output_tokens"},
		Columns: map[string]string{"model": "model", "requests": "num_model_requests", "project": "project_id ?", "key": "api_key_id ?",
			"user": "user_id ?", "tier": "service_tier ?", "organization": "organization_id ?", "batch": "batch ?"},
		Constants: map[string]string{"provider": "openai"},
	}
}

// openaiCosts is the export of daily costs from OpenAI's dashboard: money alone.
func openaiCosts() Map {
	return Map{
		Name: "openai-costs-csv", Title: "daily costs of OpenAI's dashboard (CSV)", Form: "csv", Basis: "billed", Rows: "sum",
		Knows: []string{"start_time", "end_time", "amount_value", "amount_currency"},
		Time:  Time{Column: "start_time", Format: "unix", End: "end_time"},
		Columns: map[string]string{"amount": "amount_value", "currency": "amount_currency", "project": "project_id ?",
			"organization": "organization_id ?", "key": "api_key_id ?", "user": "user_id ?"},
		Constants: map[string]string{"provider": "openai"},
		Tags:      map[string]string{"line_item": "line_item ?"},
	}
}

// openrouter is the export of OpenRouter's activity, request by request: cached
// tokens stand inside the prompt, reasoning inside the completion.
func openrouter() Map {
	return Map{
		Name: "openrouter-csv", Title: "activity of OpenRouter (CSV)", Form: "csv", Currency: "USD",
		Knows: []string{"created_at", "cost_total", "tokens_prompt", "tokens_completion", "model_permaslug"},
		Time:  Time{Column: "created_at", Zone: "UTC"},
		Tokens: Tokens{Input: "tokens_prompt", InputIncludes: []string{"cache_read"}, CacheRead: "tokens_cached ?",
			Output: "tokens_completion", Reasoning: "tokens_reasoning ?"},
		Columns: map[string]string{"id": "generation_id ?", "model": "model_permaslug", "amount": "cost_total", "key": "api_key_name ?",
			"project": "app_name ?", "user": "user ?"},
		Constants: map[string]string{"provider": "openrouter"},
		Tags:      map[string]string{"upstream": "provider_name ?", "variant": "variant ?"},
	}
}

// helicone is what Helicone's export tool writes as CSV.
func helicone() Map {
	return Map{
		Name: "helicone-csv", Title: "requests of Helicone's export tool (CSV)", Form: "csv", Currency: "USD",
		Knows:   []string{"response_id", "request_created_at", "request_user_id", "model", "prompt_tokens", "completion_tokens"},
		Time:    Time{Column: "request_created_at"},
		Tokens:  Tokens{Input: "prompt_tokens", Output: "completion_tokens"},
		Columns: map[string]string{"id": "response_id", "model": "model", "user": "request_user_id", "amount": "cost ?"},
	}
}
