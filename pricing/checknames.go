package pricing

import "strings"

func (c *checker) providers() {
	hosts := map[string]bool{}
	for _, p := range c.table.Providers {
		if _, ok := c.kinds[p.Alias]; ok || !plainName(p.Alias) || !plainName(p.Name) {
			c.failf("provider %q: repeated, empty or not lower case", p.Alias)
		}
		if host, ok := hosts[p.Name]; ok && host != p.Host {
			c.failf("provider %q: both vendor and host", p.Name)
		}
		c.kinds[p.Alias], hosts[p.Name] = p, p.Host
	}
	for name := range hosts {
		if c.kinds[name].Name != name {
			c.failf("provider %q: its own name is not among its aliases", name)
		}
	}
}

func plainName(s string) bool {
	return s != "" && s == strings.ToLower(s) && !strings.ContainsAny(s, " /:\n")
}

func (c *checker) names() {
	last := map[modelKey]Name{}
	models := map[modelKey]bool{}
	for k := range c.base {
		models[modelKey{k.provider, strings.ToLower(k.model)}] = true
	}
	for _, n := range c.table.Names {
		k := modelKey{n.Provider, n.Alias}
		what := "name " + n.Provider + "/" + n.Alias
		if n.Alias == "" || n.Alias != strings.ToLower(n.Alias) {
			c.failf("%s: empty or not lower case", what)
		}
		if c.kinds[n.Provider].Name != n.Provider {
			c.failf("%s: provider is not in the provider table", what)
		}
		if models[k] {
			c.failf("%s: a model has that name", what)
		}
		if _, ok := c.base[modelKey{n.Provider, n.Model}]; !ok && !n.Free {
			c.failf("%s: there is no model %s", what, n.Model)
		}
		c.interval(what, n.From, n.To)
		if p, ok := last[k]; ok && (p.To.IsZero() || n.From.Before(p.To)) {
			c.failf("%s: overlaps its earlier meaning %s", what, p.Model)
		}
		last[k] = n
	}
}

func (c *checker) meters() {
	last := map[modelKey]Meter{}
	for _, m := range c.table.Meters {
		k := modelKey{m.Provider, m.Meter}
		what := "meter " + m.Provider + "/" + m.Meter
		if c.kinds[m.Provider].Name != m.Provider || !plainName(m.Meter) || m.Source == "" || m.From.IsZero() || m.Learned.IsZero() {
			c.failf("%s: provider, meter, from, learned and source are required", what)
		}
		if m.Rate.Amount().Sign() < 0 {
			c.failf("%s: negative rate", what)
		}
		c.interval(what, m.From, m.To)
		if p, ok := last[k]; ok && !p.To.Equal(m.From) {
			c.failf("%s: does not begin where its earlier price ends", what)
		}
		last[k] = m
	}
	for _, m := range last {
		if !m.To.IsZero() {
			c.failf("meter %s/%s: the last price is not open", m.Provider, m.Meter)
		}
	}
}

func (c *checker) regions() {
	seen := map[Region]bool{}
	for _, g := range c.table.Regions {
		what := "region " + g.Provider + "/" + g.Region
		key := Region{Provider: g.Provider, Region: g.Region, Launched: g.Launched}
		if seen[key] || c.kinds[g.Provider].Name != g.Provider || !plainName(g.Region) || g.Source == "" {
			c.failf("%s: repeated, unknown provider or no source", what)
		}
		if g.Den <= 0 || g.Num < g.Den || g.Num > 2*g.Den {
			c.failf("%s: factor %d/%d is not between 1 and 2", what, g.Num, g.Den)
		}
		seen[key] = true
	}
}
