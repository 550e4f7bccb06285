package pull

import (
	"context"
	"strings"
)

// Owner returns whose key a key is, as far as its beginning says so: "OpenAI",
// "Anthropic", "OpenRouter", "Google" or "xAI"; "" if it says nothing. Gateways
// give out keys that begin like OpenAI's oldest ones, which say nothing.
func Owner(key string) string {
	for _, k := range []struct{ prefix, owner string }{
		{"sk-ant-", "Anthropic"}, {"sk-or-", "OpenRouter"},
		{"sk-proj-", "OpenAI"}, {"sk-admin-", "OpenAI"}, {"sk-svcacct-", "OpenAI"},
		{"AIza", "Google"}, {"xai-", "xAI"},
	} {
		if strings.HasPrefix(key, k.prefix) {
			return k.owner
		}
	}
	return ""
}

// Key asks for the key of a reader of owner's figures, and refuses one that is
// of no use before it is sent anywhere: none at all, somebody else's, and one
// that wrong finds fault with; wrong returns "" if it finds none, and may be
// nil. The errors give the advice.
func Key(ctx context.Context, ask func(context.Context) (string, error), owner string, wrong func(key string) string, advice string) (string, error) {
	key, err := ask(ctx)
	if err != nil {
		return "", err
	}
	key = strings.TrimSpace(key)
	problem := ""
	if of := Owner(key); key == "" {
		problem = "the key is empty"
	} else if of != "" && of != owner {
		problem = "this is a key of " + of + ", not of " + owner + ", and was not sent"
	} else if wrong != nil {
		problem = wrong(key)
	}
	if problem != "" {
		return "", &Error{Code: CodeKey, Message: problem, Advice: advice, Final: true}
	}
	return key, nil
}
