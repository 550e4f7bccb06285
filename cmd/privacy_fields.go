package cmd

// privacyField is one field of what is kept of usage. A test holds this list against
// the types themselves: a field that is not in it fails.
type privacyField struct {
	Of       string `json:"of"`
	Field    string `json:"field"`
	What     string `json:"what"`
	From     string `json:"from"` // per kind of source
	Personal bool   `json:"personal"`
}

// privacyPlace is one bucket of the store.
type privacyPlace struct {
	Bucket string `json:"bucket"`
	What   string `json:"what"`
	Kept   string `json:"kept"` // how long
}

// Who says something.
const (
	fromAll       = "every source"
	fromLogs      = "logs of agents"
	fromProviders = "providers, gateways, imports"
	fromProvider  = "providers"
	fromItself    = "tokpit itself"
)

func privacyFields() []privacyField {
	return []privacyField{
		{"record", "ID", "id of a response, or a digest of its row", fromAll, true},
		{"record", "Start", "when it was", fromAll, true},
		{"record", "End", "end of a provider's bucket", fromProviders, false},
		{"record", "UsageAt", "when its last part was logged", fromLogs, true},
		{"record", "Dims", "what it belongs to, see dims", fromAll, true},
		{"record", "Slice", "kind of a provider's bucket", fromProviders, false},
		{"record", "SideChain", "whether it was a side conversation", fromLogs, false},
		{"record", "Context", "input tokens of the request", fromAll, false},
		{"record", "Requests", "number of responses", fromAll, false},
		{"record", "Tokens", "tokens by class, see tokens", fromAll, false},
		{"record", "Quantities", "searches, seconds, images, see quantity", fromAll, false},
		{"record", "Reported", "what the source says that it cost", fromAll, false},
		{"record", "Currency", "currency of that", fromAll, false},
		{"record", "Flags", "doubts about it", fromItself, false},

		{"dims", "Source", "which reader or vendor", fromAll, false},
		{"dims", "Account", "account that is billed", "providers, imports, [[account]]", true},
		{"dims", "Provider", "who bills", fromAll, false},
		{"dims", "Organization", "id of the organization", fromProviders, false},
		{"dims", "Environment", "environment or workspace", fromProviders, false},
		{"dims", "Project", "project: a provider's id, or the path of a folder", fromAll, true},
		{"dims", "Key", "id or name of an API key, never the key", fromProviders, true},
		{"dims", "User", "id, name or address of a user", fromProviders, true},
		{"dims", "Agent", "name of a sub-agent", fromLogs, false},
		{"dims", "Session", "id of a conversation", fromLogs, true},
		{"dims", "Machine", "name of the computer", "logs of agents, bundles, imports", true},
		{"dims", "Model", "model as recorded", fromAll, false},
		{"dims", "Tier", "service tier", fromAll, false},
		{"dims", "Region", "region", fromProviders, false},
		{"dims", "Tags", "name=value pairs of gateways and imports", fromProviders, true},
		{"dims", "Basis", "how the figure is known", fromItself, false},
		{"dims", "Band", "range of the input", "providers, tokpit itself", false},

		{"tokens", "Input", "input tokens", fromAll, false},
		{"tokens", "CacheRead", "input tokens read from a cache", fromAll, false},
		{"tokens", "CacheWrite5m", "input tokens written to a cache", fromAll, false},
		{"tokens", "CacheWrite1h", "input tokens written to a cache for an hour", fromAll, false},
		{"tokens", "Output", "output tokens", fromAll, false},
		{"tokens", "Reasoning", "output tokens spent thinking", fromAll, false},

		{"quantity", "Meter", "what is counted", fromAll, false},
		{"quantity", "N", "how much of it", fromAll, false},

		{"entity", "Kind", "user, key, project, …", fromProvider, false},
		{"entity", "ID", "id at the provider", fromProvider, true},
		{"entity", "Name", "name", fromProvider, true},
		{"entity", "Parent", "project of a key", fromProvider, false},
		{"entity", "Hint", "a user's e-mail address; some letters of a key", fromProvider, true},
		{"entity", "Created", "when it was made", fromProvider, false},
		{"entity", "LastUsed", "when it was last used", fromProvider, true},
		{"entity", "Archived", "whether it is archived", fromProvider, false},

		{"known", "Entity", "what is known now, see entity", fromProvider, true},
		{"known", "Names", "earlier names, see named", fromProvider, true},
		{"named", "Name", "an earlier name", fromProvider, true},
		{"named", "Since", "since when", fromProvider, false},

		{"standing", "At", "when the account was asked", fromProvider, false},
		{"standing", "Limits", "limits set at the provider, see limit", fromProvider, false},
		{"standing", "Currency", "currency of credit", fromProvider, false},
		{"standing", "Granted", "credit bought", fromProvider, false},
		{"standing", "Used", "credit used", fromProvider, false},
		{"standing", "Windows", "allowances of a plan, see window", fromLogs, false},

		{"limit", "Scope", "what it is set on", fromProvider, false},
		{"limit", "ID", "id of that", fromProvider, false},
		{"limit", "Amount", "amount", fromProvider, false},
		{"limit", "Currency", "currency", fromProvider, false},
		{"limit", "Interval", "per month, …", fromProvider, false},
		{"limit", "Enforced", "whether requests are refused", fromProvider, false},
		{"limit", "Note", "state or channel, as the provider puts it", fromProvider, false},

		{"window", "Name", "name of the allowance", fromLogs, false},
		{"window", "Used", "how much of it is used", fromLogs, false},
		{"window", "Length", "how long it lasts", fromLogs, false},
		{"window", "Resets", "when it begins anew", fromLogs, false},
		{"window", "At", "when the tool said so", fromLogs, false},

		{"quarantined", "Source", "whose row could not be counted", fromItself, false},
		{"quarantined", "File", "path of its file", fromItself, true},
		{"quarantined", "Line", "line in it", fromItself, false},
		{"quarantined", "Reason", "what is wrong; never the row itself", fromItself, false},

		{"coverage", "Provider", "who bills", fromProvider, false},
		{"coverage", "Account", "account that was read", fromProvider, true},
		{"coverage", "Basis", "how the figure is known", fromItself, false},
		{"coverage", "Span", "days that were read in full", fromItself, false},
	}
}

func privacyPlaces() []privacyPlace {
	const forGood = "until it is deleted"
	return []privacyPlace{
		{"meta", "schema, revision, coverage, standing, time zone, label of the store", forGood},
		{"blocks", "records", "until the retention, tokpit forget or sources remove --purge"},
		{"prints", "64-bit digests of the ids of records", "as long as those"},
		{"cells", "sums of records", "as long as those; sums may stay beyond the retention, without session, agent and user"},
		{"cursors", "how far files and providers have been read; holds paths and ids of conversations", forGood},
		{"quarantine", "rows that could not be counted: path, line and reason", "until the file is read again"},
		{"names", "names that providers give, with earlier ones", "until tokpit forget or sources remove --purge"},
		{"syncs", "how the last sync of each source went, and where it looked", "until the next sync"},
		{"plans", "subscriptions", forGood},
		{"documents", "connections (with references to keys), closed months, scenarios, scores", forGood},
		{"budgets", "budgets", forGood},
		{"audit", "who decided what, with the texts before and after", "for good; tokpit forget puts placeholders, privacy apply pseudonyms of users"},
		{"decisions", "limits, credit, invoices, closes, imports", forGood},
		{"alerts", "what has been told of budgets", forGood},
		{"outbox", "messages, sent and to be sent", "90 days, and the last thousand"},
		{"tombstones", "digests of the ids of records that were taken back", forGood},
		{"forgotten", "keyed digests of what was forgotten", "until tokpit forget --allow"},
		{"horizon", "the first day that has records, and sums of earlier ones", forGood},
	}
}

// privacyFiles are what is kept on disk beside the store.
func privacyFiles() []privacyFile {
	return []privacyFile{
		{"tokpit.db.status", "last figures of the status line: sums of today and the month, one budget's name and state", "until the next status line or tokpit forget"},
		{"tokpit.db.before-restore-…", "stores that tokpit restore has put aside, whole", "until somebody deletes them"},
		{"tokpit.db.lock, .turn", "which process writes now, and which is next", "emptied when it is done"},
		{"forget.key", "the key of the list of what was forgotten", "keep it; it is in no backup"},
		{"prices.csv", "price lists that were taken over", "until it is deleted"},
		{"backups, bundles, exports", "what tokpit backup, bundle and export have written, wherever you told them to", "until somebody deletes them; tokpit forget does not touch them"},
	}
}

// privacyFile is a file that tokpit writes.
type privacyFile struct {
	File string `json:"file"`
	What string `json:"what"`
	Kept string `json:"kept"` // how long
}

func neverKept() []string {
	return []string{
		"prompts, answers, file contents, tool calls: they are passed over when logs are read",
		"keys, passwords and addresses of webhooks: only where to find them",
		"prompts given to estimate and count: in memory, then gone",
		"anything sent home: tokpit reports nothing to anybody",
	}
}
