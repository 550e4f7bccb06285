package pricing

import "strings"

// address takes a recorded name apart: who bills, whose model it is, and the
// model's name.
type address struct {
	book     *Book
	at       int64  // the instant, in Unix seconds
	dated    bool   // a name whose meaning changes was looked up
	provider string // who bills; "" if not known yet
	vendor   string // who makes the model, where the name says so
	name     string
	steps    []string
	flags    Flags
}

// strip takes off one part of the address after the other, until the provider
// has a model of the name that is left (Groq's names contain a slash) or
// nothing more can be taken off.
func (a *address) strip() {
	for range 8 {
		if a.provider != "" && a.lookup(a.provider, &form{name: a.name}) != nil {
			return
		}
		if !a.arn() && !a.path() && !a.prefix() && !a.zone() && !a.bedrock() {
			return
		}
	}
}

func (a *address) step(s string) {
	if len(a.steps) == 0 || a.steps[len(a.steps)-1] != s {
		a.steps = append(a.steps, s)
	}
}

// arn reads arn:aws:bedrock:<region>:<account>:inference-profile/<id>.
func (a *address) arn() bool {
	rest, ok := strings.CutPrefix(a.name, "arn:aws")
	if !ok || !strings.Contains(rest, ":bedrock:") {
		return false
	}
	a.name = rest[strings.LastIndexByte(rest, '/')+1:]
	a.bill("bedrock")
	a.step("arn")
	return true
}

// bill names who bills, unless a host is known already.
func (a *address) bill(provider string) {
	if !a.book.isHost(a.provider) {
		a.provider = provider
	}
}

// path reads Google's resource names: models/<id> and
// projects/…/publishers/<vendor>/models/<id>.
func (a *address) path() bool {
	if i := strings.Index(a.name, "publishers/"); i == 0 || i > 0 && strings.HasPrefix(a.name, "projects/") {
		vendor, id, ok := strings.Cut(a.name[i+len("publishers/"):], "/models/")
		if p, known := a.book.providers[vendor]; ok && known && !strings.Contains(vendor, "/") {
			a.bill("vertex")
			a.vendor, a.name = p.Name, id
			a.step("resource path")
			return true
		}
		return false
	}
	if id, ok := strings.CutPrefix(a.name, "models/"); ok {
		a.name = id
		a.step("resource path")
		return true
	}
	return false
}

// prefix reads "<provider>/<id>" and "<provider>:<id>". A host takes over the
// bill; a vendor does so only if nobody else is known to.
func (a *address) prefix() bool {
	i := strings.IndexAny(a.name, "/:")
	if i < 0 {
		return false
	}
	p, ok := a.book.providers[a.name[:i]]
	if !ok {
		return false
	}
	switch {
	case p.Host:
		a.bill(p.Name)
	case a.provider == "" && strings.HasSuffix(a.name, ":free"): // only OpenRouter has those
		a.provider, a.vendor = "openrouter", p.Name
	case a.provider == "":
		a.provider, a.vendor = p.Name, p.Name
	default:
		a.vendor = p.Name
	}
	a.name = a.name[i+1:]
	a.step("prefix")
	return true
}

// zone reads Azure's data zones (azure/eu/<id>). All but the global ones cost
// more, by a factor that the book does not have.
func (a *address) zone() bool {
	if a.provider != "azure" {
		return false
	}
	zone, id, ok := strings.Cut(a.name, "/")
	if !ok {
		return false
	}
	switch zone {
	case "us", "eu":
		a.flags |= FlagModifier
	case "global", "global-standard":
	default:
		return false
	}
	a.name = id
	a.step("zone")
	return true
}

// bedrock reads [<region>/|converse/][<geography>.]<vendor>.<id>.
func (a *address) bedrock() bool {
	if a.provider != "bedrock" && a.provider != "" {
		return false
	}
	if a.provider == "bedrock" {
		if head, id, ok := strings.Cut(a.name, "/"); ok && (head == "converse" || head == "invoke" || isAWSRegion(head)) {
			a.name = id
			a.step("bedrock path")
			return true
		}
	}
	head, id, ok := strings.Cut(a.name, ".")
	if !ok {
		return false
	}
	switch head {
	case "us", "eu", "apac", "jp", "au", "ca", "us-gov", "global":
		if a.provider == "" && !strings.Contains(id, ".") {
			return false
		}
		if a.provider == "" {
			if p, known := a.book.providers[id[:strings.IndexByte(id, '.')]]; !known || p.Host {
				return false
			}
			a.provider = "bedrock"
		}
		a.name = id
		if head != "global" { // a geography of one's own may cost a tenth more
			a.flags |= FlagModifier
		}
		a.step("geography")
		return true
	}
	p, known := a.book.providers[head]
	if !known || p.Host || a.vendor != "" || !bedrockVersioned(id) {
		return false
	}
	a.provider, a.vendor, a.name = "bedrock", p.Name, id
	a.step("bedrock id")
	return true
}

// isAWSRegion reports whether s looks like us-east-1 or us-gov-west-1.
func isAWSRegion(s string) bool {
	parts := strings.Split(s, "-")
	return len(parts) >= 3 && len(parts[0]) == 2 && len(parts[len(parts)-1]) == 1 && digitsOnly(parts[len(parts)-1])
}

// bedrockVersioned reports whether an id ends in the version that every Bedrock
// id has: "-v1", "-v2:0", "-v1:0:28k".
func bedrockVersioned(id string) bool {
	i := strings.LastIndex(id, "-v")
	return i > 0 && i+2 < len(id) && id[i+2] >= '0' && id[i+2] <= '9'
}

func digitsOnly(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
