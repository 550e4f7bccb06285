package openai

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/pull"
	"tokpit/usage/internal/sinktest"
)

// directory is what an organization with two projects looks like.
func directory() map[string]string {
	list := func(last string, more bool, entries ...string) string {
		return fmt.Sprintf(`{"object":"list","data":[%s],"first_id":"x","last_id":%q,"has_more":%v}`, strings.Join(entries, ","), last, more)
	}
	return map[string]string{
		"projects":                     list("proj_a", true, `{"id":"proj_a","object":"organization.project","name":"Search\u001b[2J","created_at":1711471533,"archived_at":null,"status":"active","of_the_future":1}`),
		"projects?after=proj_a":        list("proj_b", false, `{"id":"proj_b","object":"organization.project","name":"Old","created_at":1711471533,"archived_at":1750000000,"status":"archived"}`),
		"users":                        list("user_2", false, `{"object":"organization.user","id":"user_1","name":"Ada","email":"ada@example.com","role":"owner","added_at":1711471533,"api_key_last_used_at":1790000000}`, `{"object":"organization.user","id":"user_2","name":null,"email":"bob@example.com","role":null,"added_at":1711471533}`),
		"admin_api_keys":               list("key_admin", false, `{"object":"organization.admin_api_key","id":"key_admin","name":"tokpit","redacted_value":"sk-admin...def","created_at":1711471533,"expires_at":1714063533,"last_used_at":1711471534,"owner":{"type":"user"}}`),
		"projects/proj_a/api_keys":     list("key_1", false, `{"object":"organization.project.api_key","id":"key_1","name":"web","redacted_value":"sk-...ab12","created_at":1711471533,"last_used_at":1790000000,"owner_project_access":"active","owner":{"type":"service_account","service_account":{"id":"sa_1","name":"robot","created_at":1711471533,"role":"member"}}}`),
		"spend_limit":                  `{"object":"organization.spend_limit","threshold_amount":10050,"currency":"USD","interval":"month","enforcement":{"status":"inactive"}}`,
		"spend_alerts":                 list("alert_1", false, `{"id":"alert_1","object":"organization.spend_alert","threshold_amount":5000,"currency":"USD","interval":"month","notification_channel":{"type":"email","recipients":["finance@example.com"],"subject_prefix":null}}`),
		"projects/proj_a/spend_limit":  `{"object":"project.spend_limit","threshold_amount":99,"currency":"USD","interval":"month","enforcement":{"status":"enforcing"}}`,
		"projects/proj_a/spend_alerts": list("", false),
	}
}

func TestNamesAndLimits(t *testing.T) {
	clock := now()
	api := &standin{now: now, names: directory()}
	src := source(t, api, daysAgo(2), func(o *Options) { o.Now = func() time.Time { return clock } })
	var sink sinktest.Sink
	sink.Pull(t, src)
	day := time.Unix(1711471533, 0).UTC()
	used := time.Unix(1790000000, 0).UTC()
	for _, want := range []usage.Entity{
		{Kind: usage.ByProject, ID: "proj_a", Name: "Search", Created: day},
		{Kind: usage.ByProject, ID: "proj_b", Name: "Old", Created: day, Archived: true},
		{Kind: usage.ByUser, ID: "user_1", Name: "Ada", Hint: "ada@example.com", Created: day, LastUsed: used},
		{Kind: usage.ByUser, ID: "user_2", Name: "bob@example.com", Hint: "bob@example.com", Created: day},
		{Kind: usage.ByUser, ID: "sa_1", Name: "robot", Created: day},
		{Kind: usage.ByKey, ID: "key_admin", Name: "tokpit", Hint: "sk-admin...def", Created: day, LastUsed: day.Add(time.Second), Archived: true},
		{Kind: usage.ByKey, ID: "key_1", Name: "web", Hint: "sk-...ab12", Parent: "proj_a", Created: day, LastUsed: used},
	} {
		if got := sink.Entities[want.Kind][want.ID]; got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if sink.Standing == nil || !sink.Standing.At.Equal(clock) {
		t.Fatalf("standing %+v", sink.Standing)
	}
	var limits []string
	for _, l := range sink.Standing.Limits {
		limits = append(limits, fmt.Sprintf("%s %s %s %s/%s %v %s", l.Scope, l.ID, l.Amount, l.Currency, l.Interval, l.Enforced, l.Note))
	}
	if got, want := strings.Join(limits, "\n"), "organization  100.5 USD/month true inactive\norganization  50 USD/month false email to finance@example.com\nproject proj_a 0.99 USD/month true enforcing"; got != want {
		t.Errorf("limits\n%s\nwant\n%s", got, want)
	}
	asked := func() (n int) {
		for _, path := range api.asked {
			if !strings.Contains(path, "/usage/") && !strings.Contains(path, "/costs") {
				n++
			}
		}
		api.asked = nil
		return n
	}
	if n := asked(); n != 10 {
		t.Errorf("%d requests for names and limits", n)
	}
	// Names are read once an hour, limits less often.
	sink.Pull(t, src)
	if n := asked(); n != 0 {
		t.Errorf("%d requests right after", n)
	}
	clock = clock.Add(time.Hour)
	sink.Pull(t, src)
	if n := asked(); n != 6 {
		t.Errorf("%d requests an hour later", n)
	}
}

// A directory that is not there, not for this key, or in trouble, or that goes
// round in circles, does not keep usage from being read.
func TestADirectoryInTrouble(t *testing.T) {
	since := daysAgo(5)
	for name, c := range map[string]struct {
		fault func(w http.ResponseWriter, r *http.Request)
		fails bool
	}{
		"forbidden": {func(w http.ResponseWriter, _ *http.Request) { refuse(w, 403, "", "no") }, false},
		"missing":   {func(w http.ResponseWriter, _ *http.Request) { refuse(w, 404, "", "no") }, false},
		"broken":    {func(w http.ResponseWriter, _ *http.Request) { refuse(w, 500, "", "no") }, true},
		"a page":    {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }, true},
		"a circle": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"object":"list","data":[{"id":"a","name":"a"}],"last_id":"a","has_more":true}`)
		}, true},
		"nonsense": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"data":[7,null,{"id":5}],"has_more":"maybe"}`)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			api, src := world(t, 30, 30, since, nil)
			api.names = directory()
			trouble := func(_ int, w http.ResponseWriter, r *http.Request) bool {
				if strings.Contains(r.URL.Path, "/usage/") || strings.HasSuffix(r.URL.Path, "/costs") {
					return false
				}
				c.fault(w, r)
				return true
			}
			api.fault = trouble
			var sink sinktest.Sink
			_, err := src.Pull(t.Context(), nil, sink.Apply)
			if (pull.AsError(err) != nil) != c.fails {
				t.Fatalf("%v", err)
			}
			api.holds(t, &sink, "1h", since)
			if api.fault = nil; c.fails {
				sink.Pull(t, src)
				if sink.Entities[usage.ByKey]["key_1"].Name != "web" || sink.Standing == nil {
					t.Errorf("afterwards: %+v, %+v", sink.Entities, sink.Standing)
				}
			}
		})
	}
}

// A part of an entry that is of another type than expected costs only itself.
func TestPartsOfAnotherType(t *testing.T) {
	var page entries
	text := `{"has_more":true,"last_id":null,"data":[7,null,[],{"id":5,"name":{"first":"Ada"},"created_at":"soon","owner":"nobody","user":[]},
		{"id":"key_1","name":"web","created_at":"1711471533","last_used_at":1711471534.0,"expires_at":-1,"owner":{"service_account":null},
		 "threshold_amount":"50.5","currency":"usd","notification_channel":{"type":"email","recipients":["a@example.com",null,7]}}]}`
	if err := json.Unmarshal([]byte(text), &page); err != nil || len(page.Data) != 5 || page.HasMore != "true" || page.LastID != "" {
		t.Fatalf("%+v, %v", page, err)
	}
	if got, want := page.Data[3].entity(usage.ByKey, false), (usage.Entity{Kind: usage.ByKey, ID: "5"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	at := time.Unix(1711471533, 0).UTC()
	if got, want := page.Data[4].entity(usage.ByKey, false), (usage.Entity{Kind: usage.ByKey, ID: "key_1", Name: "web", Created: at, LastUsed: at.Add(time.Second)}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	l, ok := page.Data[4].limit(usage.ByProject, "proj_a")
	if !ok || l.Amount.String() != "0.505" || l.Currency != "USD" || page.Data[4].whom() != "email to a@example.com, 7" {
		t.Errorf("%+v, %q", l, page.Data[4].whom())
	}
	if _, ok := page.Data[3].limit(usage.ByProject, ""); ok {
		t.Error("a limit out of nothing")
	}
}
