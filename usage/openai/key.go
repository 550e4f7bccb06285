package openai

import (
	"context"
	"strings"

	"tokpit/usage/internal/pull"
)

const adviceAdmin = "make an admin key at platform.openai.com under Settings, Organization, Admin keys; it starts with sk-admin-"

// shape is what a key's beginning says about it.
type shape uint8

const (
	shapeOther shape = iota
	shapeAdmin
	shapeProject // of a project, a service account or a user: it cannot read an organization
)

func shapeOf(key string) shape {
	switch {
	case strings.HasPrefix(key, "sk-admin-"):
		return shapeAdmin
	case strings.HasPrefix(key, "sk-"):
		return shapeProject
	}
	return shapeOther
}

// key asks for the key and refuses one that is of no use.
func (s *Source) key(ctx context.Context) (string, error) {
	return pull.Key(ctx, s.opt.Key, "OpenAI", nil, adviceAdmin)
}
