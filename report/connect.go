package report

import "time"

// Connecting is what a person settles when connecting a source: how the front
// ends hand it to whoever keeps connections. It never holds a key, only where
// the key is.
type Connecting struct {
	Name    string // the source's name from now on: lower case, with dashes
	Type    string // "openai", "anthropic", "openrouter" or "litellm"
	KeyRef  string // "env:NAME", "keyring:service/user", "file:PATH" or "cmd:…"
	BaseURL string // "" is the provider's own
	Account string // "" is the name
	Grain   string // "1d", "1h", "1m"; "" is what suits the type
	// Since is the day from which usage is wanted, UTC midnight; zero leaves it
	// to the first sync.
	Since time.Time
}
