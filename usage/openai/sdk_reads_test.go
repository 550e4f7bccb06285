package openai

import (
	"cmp"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	openaisdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/pagination"
	"github.com/openai/openai-go/v3/packages/respjson"

	"tokpit/internal/clean"
	"tokpit/usage"
	"tokpit/usage/internal/sinktest"
)

// read adds what the SDK read from a page of a kind to what a stand-in knows, so
// that the stand-in can say what a sink must hold.
func (s *standin) read(t *testing.T, kind string, page any) {
	t.Helper()
	buckets := reflect.ValueOf(page).Elem().FieldByName("Data")
	for i := range buckets.Len() {
		b := buckets.Index(i)
		at := time.Unix(b.FieldByName("StartTime").Int(), 0).UTC()
		results := b.FieldByName("Results")
		for j := range results.Len() {
			s.events[kind] = append(s.events[kind], sdkEvent(t, at, results.Index(j)))
		}
	}
}

// sdkEvent is a row as the SDK decoded it. Counts are its own integers; of
// amounts it makes floats, so these are taken as they were sent.
func sdkEvent(t *testing.T, at time.Time, row reflect.Value) event {
	t.Helper()
	e := event{at: at, dims: map[string]any{}, counts: map[string]int64{}}
	for i := range row.NumField() {
		field := row.Type().Field(i)
		tag := strings.Split(field.Tag.Get("json"), ",")[0]
		if tag == "-" || !row.FieldByName("JSON").FieldByName(field.Name).Interface().(respjson.Field).Valid() {
			continue
		}
		switch v := row.Field(i); v.Kind() {
		case reflect.Int64:
			e.counts[tag] = v.Int()
		case reflect.Struct:
			e.amount = v.FieldByName("JSON").FieldByName("Value").Interface().(respjson.Field).Raw()
			if got := v.FieldByName("Currency").String(); got != "usd" {
				t.Errorf("currency %q", got)
			}
		default:
			e.dims[tag] = v.Interface()
		}
	}
	return e
}

// What OpenAI's own client reads from the answers is what this package reads:
// every count of every row, and every amount to its last digit.
func TestTheSDKReadsTheSame(t *testing.T) {
	for _, grain := range []string{"1d", "1h"} {
		t.Run(grain, func(t *testing.T) {
			since := daysAgo(20)
			api, _ := world(t, 41, 120, since, nil)
			api.perPage = 11
			ours := &recorder{to: api}
			var sink sinktest.Sink
			sink.Pull(t, source(t, ours, since, func(o *Options) { o.Grain = grain }))
			theirs := newSDK(api)
			told := &standin{events: map[string][]event{}}
			for _, r := range ours.sent {
				kind := strings.TrimPrefix(strings.TrimPrefix(place(r), "usage/"), "organization/")
				if sdkKinds()[kind] == "" {
					continue
				}
				page, err := theirs.again(t.Context(), r)
				if err != nil {
					t.Fatal(err)
				}
				told.read(t, kind, page)
			}
			for kind := range sdkKinds() {
				if len(told.events[kind]) < 30 {
					t.Errorf("%s: the SDK reads only %d rows", kind, len(told.events[kind]))
				}
			}
			told.holds(t, &sink, grain, since)
		})
	}
}

// sdkNames is what the SDK read from a list of the directory, in our words.
func sdkNames(page any) (out []usage.Entity) {
	add := func(kind usage.Dimension, id, name, hint string, created, used int64) *usage.Entity {
		at := func(n int64) (t time.Time) {
			if n > 0 {
				t = time.Unix(n, 0).UTC()
			}
			return t
		}
		out = append(out, usage.Entity{Kind: kind, ID: id, Name: clean.Text(name), Hint: hint, Created: at(created), LastUsed: at(used)})
		return &out[len(out)-1]
	}
	switch page := page.(type) {
	case *pagination.ConversationCursorPage[openaisdk.Project]:
		for _, x := range page.Data {
			add(usage.ByProject, x.ID, x.Name, "", x.CreatedAt, 0).Archived = x.Status == "archived"
		}
	case *pagination.ConversationCursorPage[openaisdk.OrganizationUser]:
		for _, x := range page.Data {
			add(usage.ByUser, x.ID, cmp.Or(x.Name, x.Email), x.Email, x.AddedAt, x.APIKeyLastUsedAt)
		}
	case *pagination.CursorPage[openaisdk.AdminAPIKey]:
		for _, x := range page.Data {
			add(usage.ByKey, x.ID, x.Name, x.RedactedValue, x.CreatedAt, x.LastUsedAt).Archived = x.ExpiresAt > 0 && x.ExpiresAt < now().Unix()
		}
	case *pagination.ConversationCursorPage[openaisdk.ProjectAPIKey]:
		for _, x := range page.Data {
			add(usage.ByKey, x.ID, x.Name, x.RedactedValue, x.CreatedAt, x.LastUsedAt)
			robot := x.Owner.ServiceAccount
			add(usage.ByUser, robot.ID, robot.Name, "", robot.CreatedAt, 0)
		}
	}
	return out
}

// sdkLimits is what the SDK read of limits, with amounts as they were sent.
func sdkLimits(page any) (out []string) {
	add := func(amount respjson.Field, currency, interval any) {
		out = append(out, fmt.Sprint(amount.Raw(), " ", currency, " ", interval))
	}
	switch page := page.(type) {
	case *openaisdk.OrganizationSpendLimit:
		add(page.JSON.ThresholdAmount, page.Currency, page.Interval)
	case *openaisdk.ProjectSpendLimit:
		add(page.JSON.ThresholdAmount, page.Currency, page.Interval)
	case *pagination.ConversationCursorPage[openaisdk.OrganizationSpendAlert]:
		for _, x := range page.Data {
			add(x.JSON.ThresholdAmount, x.Currency, x.Interval)
		}
	case *pagination.ConversationCursorPage[openaisdk.ProjectSpendAlert]:
		for _, x := range page.Data {
			add(x.JSON.ThresholdAmount, x.Currency, x.Interval)
		}
	}
	return out
}

// So are the names of everything, and the limits.
func TestTheSDKReadsTheSameDirectory(t *testing.T) {
	api := &standin{now: now, names: directory()}
	api.names["projects/proj_a/spend_alerts"] = strings.ReplaceAll(api.names["spend_alerts"], "5000", "12345")
	ours, theirs := &recorder{to: api}, newSDK(api)
	var sink sinktest.Sink
	sink.Pull(t, source(t, ours, daysAgo(1), nil))
	var names []usage.Entity
	var want, got []string
	for _, r := range ours.sent {
		if page, err := theirs.again(t.Context(), r); err == nil { // some are not there
			names, want = append(names, sdkNames(page)...), append(want, sdkLimits(page)...)
		}
	}
	for _, e := range names {
		read := sink.Entities[e.Kind][e.ID]
		if read.Parent = ""; read != e {
			t.Errorf("we read %+v, the SDK %+v", read, e)
		}
	}
	for _, l := range sink.Standing.Limits {
		amount, _ := new(big.Rat).SetString(l.Amount.String())
		got = append(got, fmt.Sprint(amount.Mul(amount, big.NewRat(100, 1)).RatString(), " ", l.Currency, " ", l.Interval))
	}
	if !slices.Equal(got, want) || len(want) != 4 || len(names) != 7 {
		t.Errorf("%d names; we read the limits %q, the SDK %q", len(names), got, want)
	}
}
