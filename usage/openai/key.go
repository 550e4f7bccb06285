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
	shapeForeign // another provider's
)

func shapeOf(key string) shape {
	switch {
	case strings.HasPrefix(key, "sk-admin-"):
		return shapeAdmin
	case strings.HasPrefix(key, "sk-ant-"), strings.HasPrefix(key, "sk-or-"), strings.HasPrefix(key, "AIza"), strings.HasPrefix(key, "xai-"):
		return shapeForeign
	case strings.HasPrefix(key, "sk-"):
		return shapeProject
	}
	return shapeOther
}

// key asks for the key and refuses one that is of no use before it is sent
// anywhere: none at all, and another provider's.
func (s *Source) key(ctx context.Context) (string, error) {
	key, err := s.opt.Key(ctx)
	if err != nil {
		return "", err
	}
	key = strings.TrimSpace(key)
	switch {
	case key == "":
		return "", &pull.Error{Code: pull.CodeKey, Message: "the key is empty", Final: true, Advice: adviceAdmin}
	case shapeOf(key) == shapeForeign:
		return "", &pull.Error{Code: pull.CodeKey, Message: "this is another provider's key, and was not sent", Final: true, Advice: adviceAdmin}
	}
	return key, nil
}
