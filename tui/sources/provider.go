package sources

// provider is what can be connected: what it gives, and what it takes.
type provider struct {
	kind     string // report.Connecting.Type
	title    string
	gives    string
	key      string   // which key it needs, and which one will not do
	where    string   // where that key is made
	variable string   // the environment variable that is proposed
	grains   []string // "" is what suits it; nil if there is no choice
	// address: "" if the provider has only one; else what to say about it.
	address string
	based   bool // an address must be given
	example string
}

func providers() []provider {
	return []provider{
		{kind: "openai", title: "OpenAI",
			gives:    "The organization's usage by project, user, key and model; what was billed a day and line item; names of projects, users and keys; spend limits and alerts.",
			key:      "An admin key (sk-admin-…). A project key (sk-proj-…) cannot read usage.",
			where:    "platform.openai.com › Settings › Organization › Admin keys; reading is enough",
			variable: "OPENAI_ADMIN_KEY", grains: []string{"", "1d", "1h", "1m"},
			address: "Only for a region of its own or a stand-in.", example: "https://eu.api.openai.com/v1"},
		{kind: "anthropic", title: "Anthropic",
			gives:    "The organization's usage by workspace, key and model; what was billed a day; Claude Code by person; names of workspaces and keys.",
			key:      "An admin key (sk-ant-admin…) of an organization. A key for the API (sk-ant-api…) cannot read usage.",
			where:    "console.anthropic.com › Settings › Admin keys; only an admin of the organization can make one",
			variable: "ANTHROPIC_ADMIN_KEY", grains: []string{"", "1d", "1h", "1m"}},
		{kind: "openrouter", title: "OpenRouter",
			gives:    "Usage and cost by day, model and key, of the last 30 days only: what is not read by then is lost. Credits bought and used.",
			key:      "A management key. A key for the API cannot read the activity.",
			where:    "openrouter.ai › Settings › Management keys",
			variable: "OPENROUTER_MANAGEMENT_KEY"},
		{kind: "litellm", title: "LiteLLM",
			gives:    "What your own LiteLLM proxy has counted, by day, key, team, user and model, with its spend.",
			key:      "The proxy's master key, or a key of a user who may see all spend.",
			where:    "LITELLM_MASTER_KEY in the proxy's settings",
			variable: "LITELLM_MASTER_KEY", address: "Where your proxy answers. http:// is accepted for this machine only.",
			based: true, example: "https://litellm.example.com"},
	}
}

func providerOf(kind string) (provider, bool) {
	for _, p := range providers() {
		if p.kind == kind {
			return p, true
		}
	}
	return provider{}, false
}
