package litellm

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/pull"
)

// maxNames bounds what is remembered of names during a pull.
const maxNames = 50_000

// names are the latest names that a pull has met.
type names struct {
	known map[nameKey]usage.Entity
	at    map[nameKey]time.Time
}

type nameKey struct {
	kind usage.Dimension
	id   string
}

func newNames() *names {
	return &names{map[nameKey]usage.Entity{}, map[nameKey]time.Time{}}
}

// put notes a name as it was at an instant.
func (n *names) put(e usage.Entity, at time.Time) {
	k := nameKey{e.Kind, e.ID}
	if before, known := n.at[k]; e.ID == "" || e.Name == "" || known && at.Before(before) || !known && len(n.at) >= maxNames {
		return
	}
	n.known[k], n.at[k] = e, at
}

func (n *names) key(id, alias, team string, at time.Time) {
	n.put(usage.Entity{Kind: usage.ByKey, ID: id, Name: alias, Parent: team}, at)
}

// row notes the names that a row carries.
func (n *names) row(r *row, at time.Time) {
	m := &r.Metadata.V
	team := cmp.Or(string(r.Team), string(m.Team))
	n.key(keyOf(string(r.Key)), string(m.KeyAlias), team, at)
	n.put(usage.Entity{Kind: usage.ByProject, ID: team, Name: string(m.TeamAlias)}, at)
	n.put(usage.Entity{Kind: usage.ByUser, ID: cmp.Or(string(r.User), string(m.User)), Name: string(m.Email), Hint: string(m.Email)}, at)
}

// list returns all of them in a fixed order.
func (n *names) list() []usage.Entity {
	out := slices.Collect(maps.Values(n.known))
	slices.SortFunc(out, func(a, b usage.Entity) int {
		if a.Kind != b.Kind {
			if a.Kind < b.Kind {
				return -1
			}
			return 1
		}
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return out
}

// entry is one of whatever the proxy's directories list.
type entry struct {
	Token    text `json:"token"`
	Alias    text `json:"key_alias"`
	Hint     text `json:"key_name"`
	Team     text `json:"team_id"`
	TeamName text `json:"team_alias"`
	User     text `json:"user_id"`
	UserName text `json:"user_alias"`
	Email    text `json:"user_email"`
	Created  text `json:"created_at"`
}

// directory asks for the names of keys, teams and users as they are now. What
// the key may not list stays with the names that rows carry, or without.
func (p *puller) directory(ctx context.Context) error {
	var teams nested[[]entry]
	if p.short.Get(ctx, "team/list", nil, &teams) == nil {
		for _, t := range teams.V {
			p.names.put(usage.Entity{Kind: usage.ByProject, ID: string(t.Team), Name: string(t.TeamName), Created: created(t.Created)}, p.now)
		}
	}
	p.listed(ctx, "key/list", url.Values{"return_full_object": {"true"}, "size": {"100"}}, func(k *entry) {
		p.names.put(usage.Entity{Kind: usage.ByKey, ID: keyOf(string(k.Token)), Name: string(k.Alias), Hint: string(k.Hint),
			Parent: string(k.Team), Created: created(k.Created)}, p.now)
	})
	p.listed(ctx, "user/list", url.Values{"page_size": {"100"}}, func(u *entry) {
		p.names.put(usage.Entity{Kind: usage.ByUser, ID: string(u.User), Name: cmp.Or(string(u.UserName), string(u.Email)),
			Hint: string(u.Email), Created: created(u.Created)}, p.now)
	})
	return ctx.Err()
}

// listed reads the pages of a directory, as far as they can be had.
func (p *puller) listed(ctx context.Context, path string, q url.Values, each func(*entry)) {
	for number := 1; number <= maxNames/100; number++ {
		q.Set("page", strconv.Itoa(number))
		var got struct {
			Keys  nested[[]entry] `json:"keys"`
			Users nested[[]entry] `json:"users"`
			Pages pull.Number     `json:"total_pages"`
		}
		if p.short.Get(ctx, path, q, &got) != nil {
			return
		}
		list := append(got.Keys.V, got.Users.V...)
		for i := range list {
			each(&list[i])
		}
		if pages, _ := got.Pages.Int(); len(list) == 0 || int64(number) >= pages {
			return
		}
	}
}

func created(t text) time.Time {
	at, _ := instant(string(t))
	return at
}
