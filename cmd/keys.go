package cmd

import (
	"context"
	"errors"

	"tokpit/config"
)

// keys follows references to keys, and takes keys out of whatever is about to
// be shown or stored.
type keys struct {
	env      *Env
	redactor config.Redactor
}

// resolve returns the key that a reference leads to. It is asked for again each
// time, so a key that was exchanged is used at once.
func (k *keys) resolve(ctx context.Context, ref string) (config.Secret, error) {
	s, err := config.ResolveSecret(ctx, ref, config.SecretEnv{Getenv: k.env.Getenv, Home: k.env.Home})
	if err == nil {
		k.redactor.Know(s)
	}
	return s, err
}

// password is resolve for what a person has chosen, which may hold spaces.
func (k *keys) password(ctx context.Context, ref string) (config.Secret, error) {
	s, err := config.ResolvePassword(ctx, ref, config.SecretEnv{Getenv: k.env.Getenv, Home: k.env.Home})
	if err == nil {
		k.redactor.Know(s)
	}
	return s, err
}

// of returns how a reader gets at the key of a reference.
func (k *keys) of(ref string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		s, err := k.resolve(ctx, ref)
		return s.Reveal(), err
	}
}

// told is an error whose words are fit to be shown, in place of one whose are
// not.
type told struct {
	cause      error
	text, help string
}

func (t *told) Error() string { return t.text }
func (t *told) Hint() string  { return t.help }
func (t *told) Unwrap() error { return t.cause }

// clear returns err, without any key in its words.
func (k *keys) clear(err error) error {
	if err == nil {
		return nil
	}
	if several := sideBySide(err); several != nil {
		var all []error
		for _, one := range several {
			all = append(all, k.clear(one))
		}
		return errors.Join(all...)
	}
	text, help := err.Error(), hintOf(err)
	t := &told{err, k.redactor.Text(text), k.redactor.Text(help)}
	if t.text == text && t.help == help {
		return err
	}
	return t
}
