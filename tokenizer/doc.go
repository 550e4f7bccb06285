// Package tokenizer counts tokens: exactly for the encodings it has, and as a
// range with a stated method for everything else.
//
// # Exact
//
// [Get] returns an [Encoding]: cl100k_base, o200k_base (o200k_harmony has the
// same ordinary text), p50k_base, p50k_edit and r50k_base. Counting is several
// dozen times faster than with a regular expression and a map, takes no time to
// start, and has no slow inputs: the vocabularies are embedded as finished tables (older ones packed)
// (package bpe) of which only the pages that a text touches are ever read, and
// text is cut by hand-written code (package split).
//
//	enc, err := tokenizer.Get("o200k_base")
//	n := enc.Count(text)
//
// [Encoding.CountAll] uses all cores and can be cancelled, [Encoding.CountReader]
// reads streams of any length in constant memory, [Encoding.Append] gives the
// token numbers, and [Encoding.Spans] says where the tokens of a window begin and
// end. A text that is being edited is kept in chunks that end at
// [Encoding.Cut]: the count of a text is then the sum of the counts of its
// chunks, whatever is typed elsewhere.
//
// # What counts as text
//
// Everything. The names of special tokens, such as <|endoftext|>, are plain text,
// as they are for the APIs when they come in a message. Invalid UTF-8 counts as
// the official tokenizer counts it after decoding in Python and JavaScript: each
// maximal part of a character that was cut short, and each other byte that fits
// nowhere, is one U+FFFD. [Invalid] says how many bytes that were, so that a
// count can say so too. (A Go client's encoding/json sends one U+FFFD for each
// byte: then a few more.)
//
// # Estimates
//
// For a model, [For] names the [Method]: an exact encoding, or a family whose
// vocabulary is not public or not there. [Describe] counts a text once with
// o200k_base, by kind of text, and [Method.Estimate] multiplies that by what was
// measured for the family and kind; see ratios.go for the figures and where they
// come from. [Estimate.Narrow] takes in what earlier requests really had. With a
// vocabulary that a person has added ([Adopt], [OpenStored], [Library]) four of
// the families are exact. [Images] and [Method.Overhead] say what pictures, roles
// and tools add.
package tokenizer

//go:generate go run ./tablegen -dir .
