package anthropic

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/pull"
)

// maxUsers bounds what is remembered of people during a pull.
const maxUsers = 100_000

// list is a page of a directory.
type list struct {
	Data    []json.RawMessage `json:"data"`
	HasMore bool              `json:"has_more"`
	LastID  *string           `json:"last_id"`
}

// entry is one of whatever a directory lists.
type entry struct {
	ID        text `json:"id"`
	Name      text `json:"name"`
	Email     text `json:"email"`
	Workspace text `json:"workspace_id"`
	Hint      text `json:"partial_key_hint"`
	Status    text `json:"status"`
	Created   text `json:"created_at"`
	Added     text `json:"added_at"`
	Archived  text `json:"archived_at"`
}

// directory reads the names of the organization and of its workspaces, keys and
// members. What the key may not list stays without names.
func (p *puller) directory(ctx context.Context) error {
	p.users = map[string]string{}
	p.organization = string(p.cursors["organization"])
	if err := p.names(p.me(ctx)); err != nil {
		return err
	}
	for _, d := range []struct {
		path string
		kind usage.Dimension
		all  string // asks for archived ones too
	}{{"organizations/workspaces", usage.ByProject, "include_archived"}, {"organizations/api_keys", usage.ByKey, ""},
		{"organizations/users", usage.ByUser, ""}} {
		q := url.Values{"limit": {"100"}}
		if d.all != "" {
			q.Set(d.all, "true")
		}
		if err := p.names(p.list(ctx, d.path, q, d.kind)); err != nil {
			return err
		}
	}
	return nil
}

// names lets go of the error of a list that does not matter: usage counts
// without names. A key that is not accepted, and the end of the pull, matter.
func (p *puller) names(err error) error {
	if e := pull.AsError(err); p.broken != nil || e == nil || hopeless(e) {
		return err
	}
	return nil
}

// me asks which organization the key belongs to, and remembers it: it is a
// dimension of all records.
func (p *puller) me(ctx context.Context) error {
	var got entry
	if err := p.short.Get(ctx, "organizations/me", nil, &got); err != nil {
		return err
	}
	if got.ID == "" {
		return nil
	}
	p.organization = string(got.ID)
	return p.emit(usage.Batch{NamedAt: p.now, Cursors: usage.Cursors{"organization": []byte(got.ID)},
		Entities: []usage.Entity{{Kind: usage.ByOrganization, ID: string(got.ID), Name: string(got.Name)}}})
}

func (p *puller) list(ctx context.Context, path string, q url.Values, kind usage.Dimension) error {
	return pull.Pages(func(cursor string) (string, error) {
		if cursor != "" {
			q.Set("after_id", cursor)
		}
		var got list
		if err := p.short.Get(ctx, path, q, &got); err != nil {
			return "", err
		}
		b := usage.Batch{NamedAt: p.now}
		for _, raw := range got.Data {
			var x entry
			if json.Unmarshal(raw, &x) == nil && x.ID != "" {
				b.Entities = append(b.Entities, x.entity(kind))
				if kind == usage.ByUser && x.Email != "" && len(p.users) < maxUsers {
					p.users[string(x.Email)] = string(x.ID)
				}
			}
		}
		if len(b.Entities) > 0 {
			if err := p.emit(b); err != nil {
				return "", err
			}
		}
		if !got.HasMore || got.LastID == nil {
			return "", nil
		}
		return *got.LastID, nil
	})
}

// entity is an entry in our words.
func (x *entry) entity(kind usage.Dimension) usage.Entity {
	e := usage.Entity{Kind: kind, ID: string(x.ID), Name: string(x.Name), Created: instant(x.Created),
		Archived: x.Archived != "" || x.Status == "inactive" || x.Status == "archived" || x.Status == "expired"}
	switch kind {
	case usage.ByKey:
		e.Parent, e.Hint = string(x.Workspace), string(x.Hint)
	case usage.ByUser:
		e.Name, e.Hint, e.Created = cmp.Or(string(x.Name), string(x.Email)), string(x.Email), instant(x.Added)
	}
	return e
}

// instant is a time, or zero if it is none.
func instant(t text) time.Time {
	at, _ := time.Parse(time.RFC3339, string(t))
	return at.UTC()
}
