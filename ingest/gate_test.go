package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
)

func testKey(t *testing.T, letter string) Key {
	t.Helper()
	k, err := NewKey(strings.Repeat(letter, MinKey))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestPseudonyms(t *testing.T) {
	a, b := testKey(t, "a"), testKey(t, "b")
	one := a.Pseudonym(usage.ByUser, "ann@example.com")
	switch {
	case one != a.Pseudonym(usage.ByUser, "ann@example.com"), !IsPseudonym(usage.ByUser, one):
		t.Errorf("%q is not the same for the same user", one)
	case one == b.Pseudonym(usage.ByUser, "ann@example.com"):
		t.Error("another key gives the same")
	case one == a.Pseudonym(usage.ByUser, "bob@example.com"):
		t.Error("another user has the same")
	case strings.TrimPrefix(one, "user-") == strings.TrimPrefix(a.Pseudonym(usage.BySession, "ann@example.com"), "session-"):
		t.Error("a user and a session of one name can be told to be one")
	case a.Pseudonym(usage.ByUser, one) != one, a.Pseudonym(usage.ByUser, "") != "":
		t.Error("a pseudonym, or nothing, gets a pseudonym")
	case strings.Contains(fmt.Sprintf("%v %+v %#v %s", a, a, a, a), "aaaa"):
		t.Error("a key is printed")
	}
	if _, err := NewPrivacy(nil, []usage.Dimension{usage.ByUser}, nil); !errors.Is(err, ErrKey) {
		t.Errorf("pseudonyms without a key: %v", err)
	}
	if _, err := NewPrivacy([]Key{a}, []usage.Dimension{usage.ByModel}, nil); !errors.Is(err, ErrKey) {
		t.Errorf("pseudonyms of models: %v", err)
	}
	if _, err := NewPrivacy([]Key{a}, nil, []Refusal{{Key: b.Check()}}); !errors.Is(err, ErrLostKey) {
		t.Errorf("a lost key: %v", err)
	}
}

// private is a source of one batch.
type private struct{ b usage.Batch }

func (private) Name() string { return "src" }
func (s private) Pull(_ context.Context, _ usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	return usage.Report{Rows: int64(len(s.b.Records))}, emit(s.b)
}

type kept struct{ usage.Batch }

func (*kept) Cursors(context.Context, string) (usage.Cursors, error) { return nil, nil }
func (k *kept) Commit(_ context.Context, _ string, b usage.Batch) (usage.Receipt, error) {
	k.Batch = b
	return usage.Receipt{Added: int64(len(b.Records))}, nil
}

func privateBatch(at time.Time) usage.Batch {
	r := func(id, user, session string) usage.Record {
		x := usage.Record{ID: id, Start: at, Requests: 1, Dims: usage.Dims{Source: "src", Provider: "p", Model: "m", User: user, Session: session, Basis: usage.Logged}}
		x.Input = 5
		return x
	}
	return usage.Batch{Records: []usage.Record{r("s-ann-1:7", "ann", "s-ann-1"), r("b", "bob", "s-bob"), r("c", "", "")},
		Slices:      []usage.Slice{{Kind: "k", Start: at, Records: []usage.Record{r("d", "ann", ""), r("e", "bob", "")}}},
		Removed:     []usage.Removed{{ID: "s-ann-1:7", Start: at}},
		Entities:    []usage.Entity{{Kind: usage.ByUser, ID: "ann", Name: "Ann Lee", Hint: "ann@example.com"}, {Kind: usage.ByKey, ID: "k1", Name: "key"}},
		Quarantined: []usage.Quarantined{{File: "/logs/ann/x", Line: 1, Reason: "bad"}, {File: "/logs/y", Line: 1, Reason: "bad"}},
		Cursors:     usage.Cursors{"f:/logs/ann/x": []byte("1"), "f:/logs/y": []byte("2")},
		Standing:    &usage.Standing{At: at, Limits: []usage.SpendLimit{{Scope: usage.ByUser, ID: "ann", Currency: "USD"}}}}
}

func pass(t *testing.T, p *Privacy) (kept, Result) {
	t.Helper()
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	var k kept
	res, err := Run(context.Background(), private{privateBatch(at)}, &k, Options{Now: func() time.Time { return at }, Privacy: p})
	if err != nil {
		t.Fatal(err)
	}
	return k, res
}

func TestForgottenIsTurnedAway(t *testing.T) {
	key := testKey(t, "k")
	p, err := NewPrivacy([]Key{testKey(t, "x"), key}, nil, []Refusal{{Key: key.Check(), Terms: []RefusedTerm{{usage.ByUser, []Mark{key.Mark(usage.ByUser, "ann")}}}}})
	if err != nil {
		t.Fatal(err)
	}
	k, res := pass(t, p)
	if len(k.Records) != 2 || len(k.Slices[0].Records) != 1 || len(k.Entities) != 1 || len(k.Quarantined) != 1 || len(k.Standing.Limits) != 0 || res.Forgotten != 4 {
		t.Errorf("%+v, %d turned away", k.Batch, res.Forgotten)
	}
	if k.Batch.Cursors["f:/logs/ann/x"] != nil || k.Batch.Cursors["f:/logs/y"] == nil || res.Duplicates != 0 {
		t.Errorf("cursors %q, %d duplicates", k.Batch.Cursors, res.Duplicates)
	}
	if text := fmt.Sprintf("%+v", k.Batch); strings.Contains(text, "ann") && !strings.Contains(text, "f:/logs/ann/x") || strings.Contains(text, "Ann Lee") {
		t.Errorf("she is still there: %s", text)
	}
	// Two terms: both or nothing, and names stay.
	p, err = NewPrivacy([]Key{key}, nil, []Refusal{{Key: key.Check(), Terms: []RefusedTerm{{usage.ByUser, []Mark{key.Mark(usage.ByUser, "ann")}}, {usage.BySession, []Mark{key.Mark(usage.BySession, "s-ann-1")}}}}})
	if err != nil {
		t.Fatal(err)
	}
	k, res = pass(t, p)
	if len(k.Records) != 2 || len(k.Slices[0].Records) != 2 || len(k.Entities) != 2 || res.Forgotten != 1 || k.Batch.Cursors["f:/logs/ann/x"] == nil {
		t.Errorf("%+v, %d turned away", k.Batch, res.Forgotten)
	}
}

func TestPseudonymsAtTheDoor(t *testing.T) {
	key := testKey(t, "k")
	p, err := NewPrivacy([]Key{key}, []usage.Dimension{usage.ByUser, usage.BySession}, nil)
	if err != nil {
		t.Fatal(err)
	}
	k, _ := pass(t, p)
	want := key.Pseudonym(usage.ByUser, "ann")
	if k.Records[0].User != want || k.Slices[0].Records[0].User != want || k.Standing.Limits[0].ID != want || k.Records[2].User != "" {
		t.Errorf("%+v", k.Records)
	}
	if k.Records[0].ID != k.Removed[0].ID || strings.Contains(k.Records[0].ID, "ann") || k.Records[0].ID == k.Records[1].ID {
		t.Errorf("ids %q %q, removed %q", k.Records[0].ID, k.Records[1].ID, k.Removed[0].ID)
	}
	if len(k.Entities) != 1 || k.Entities[0].Kind != usage.ByKey {
		t.Errorf("names %+v", k.Entities)
	}
	again, _ := pass(t, p)
	for i := range again.Records {
		if again.Records[i].ID != k.Records[i].ID || again.Records[i].Dims != k.Records[i].Dims {
			t.Errorf("record %d is another one the second time", i)
		}
	}
}

// TestForgottenBeforeThereWerePseudonyms: whoever was forgotten under their name
// stays away when there are pseudonyms, and the other way round.
func TestForgottenBeforeThereWerePseudonyms(t *testing.T) {
	key := testKey(t, "k")
	for _, value := range []string{"ann", key.Pseudonym(usage.ByUser, "ann")} {
		p, err := NewPrivacy([]Key{key}, []usage.Dimension{usage.ByUser, usage.BySession}, []Refusal{{Key: key.Check(), Terms: []RefusedTerm{{usage.ByUser, []Mark{key.Mark(usage.ByUser, value)}}}}})
		if err != nil {
			t.Fatal(err)
		}
		k, res := pass(t, p)
		if len(k.Records) != 2 || len(k.Slices[0].Records) != 1 || len(k.Standing.Limits) != 0 || res.Forgotten < 2 {
			t.Errorf("forgotten as %s: %+v, %d turned away", value, k.Batch, res.Forgotten)
		}
	}
}
