package config

import (
	"fmt"
	"io"
	"log/slog"
)

// hidden is what a secret shows of itself, whoever asks.
const hidden = "***"

// Secret is a key that hides itself. However it is printed, logged or encoded,
// also from inside another value and by its type's fields, it shows "***";
// only [Secret.Reveal] tells.
type Secret struct {
	// A closure, because fmt and debuggers print fields that they cannot call
	// methods on, and of a function they print the address.
	reveal func() string
}

// NewSecret hides a value.
func NewSecret(value string) Secret { return Secret{func() string { return value }} }

// Reveal returns the value, for the header that carries it. It must go nowhere
// else.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// String implements fmt.Stringer.
func (Secret) String() string { return hidden }

// GoString implements fmt.GoStringer.
func (Secret) GoString() string { return hidden }

// Format implements fmt.Formatter: every verb prints the same.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText implements encoding.TextMarshaler.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON implements json.Marshaler.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// SecretError says why a reference leads to no key. It names the reference,
// never a value.
type SecretError struct {
	Ref     string // harmless text; "" where the reference itself may be a key
	Problem string
	Advice  string // what to do
}

func (e *SecretError) Error() string {
	if e.Ref == "" {
		return "key reference: " + e.Problem
	}
	return "key " + e.Ref + ": " + e.Problem
}

// Hint says what to do next.
func (e *SecretError) Hint() string { return e.Advice }
