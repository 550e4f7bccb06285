// Package config reads the configuration file: TOML, written by people only.
// tokpit never writes it; what commands and the cockpit set (plans, budgets,
// sources) lives in the store.
//
//	timezone = "Europe/Berlin"   # IANA name; days are cut in this zone
//	machine  = "laptop"          # label of the usage found here
//
//	[cycle]
//	anchor_day = 1               # first day of a billing cycle, 1 to 31
//
//	[currency]
//	display = "EUR"              # shown beside every figure's own currency
//	rates   = "rates.csv"        # date,currency,rate,source: EUR for one USD on a day; with
//	                             # a column from for other pairs
//
//	[[price]]                    # a price that you know better, per 1M tokens
//	provider = "openai"
//	model    = "gpt-5"
//	from     = "2026-10-01"      # and to, exclusive; both may be left out
//	input    = "1.00"            # "0" is free; a class left out is not known
//	output   = "8.00"
//
//	[[discount]]                 # off every token rate of a model, or of "*"
//	provider = "anthropic"
//	model    = "*"
//	percent  = "12.5"
//
//	[[alias]]                    # what a name of yours means
//	name     = "prod-gpt"
//	provider = "azure"
//	model    = "gpt-4o"
//
//	[[account]]                  # whose usage it is that names no account
//	name     = "acme"
//	provider = "openai"
//	machine  = ["build-*", "ci"] # one pattern or several
//
//	[[environment]]
//	name     = "production"
//	project  = "*-prod"          # an id or a name
//	from     = "2026-10-01"      # UTC days; and to, exclusive
//
//	[[allocate]]                 # who it is charged to
//	cost_center = "4711 Search"
//	tag.team    = "search"
//
//	[[basis]]                    # what counts where several sources know an account
//	provider = "openai"
//	account  = "acme"
//	use      = "logged"
//
//	[notify]
//	terminal  = true             # false: never ring the terminal
//	to        = ["mail:owner@example.com"] # who is told of unusual days, and of credit that expires
//	digest    = "weekly"         # or "monthly", "off"; sent by tokpit watch
//	digest_to = ["mail:owner@example.com", "team"]
//
//	[notify.mail]
//	host     = "smtp.example.com"
//	port     = 587               # 465 with implicit_tls = true; else STARTTLS
//	from     = "tokpit <tokpit@example.com>"
//	username = "tokpit"
//	password = "env:SMTP_PASSWORD"
//
//	[[notify.webhook]]           # budgets name it: --notify team
//	name   = "team"
//	url    = "keyring:tokpit/team-webhook" # or the address itself
//	shape  = "slack"             # json, slack, discord or teams
//	secret = "env:TEAM_SECRET"   # signs what is posted; may be left out
//	private = false              # true: the address may lie in a private network
//
//	[privacy]
//	pseudonyms = ["user", "key"] # what is kept under pseudonyms only
//	key        = "file:~/.config/tokpit/privacy.key" # made by tokpit privacy key
//
// Passwords and secrets are references (env:NAME, keyring:service/user, file:PATH
// or cmd:COMMAND), never the secret itself. The address of a webhook is mostly a
// secret too, and may be such a reference. A budget tells "mail:ADDRESS",
// "terminal", or a webhook by its name.
//
// Of several rules in one table the first one that matches decides. All three
// kinds look at source, provider, account, organization, environment, project,
// key, user, agent, session, machine, model, tier, region, basis, line_item and
// tags; a rule that names none matches everything. Accounts are decided first,
// then environments, then cost centers. An [[account]] rule is about usage that
// names no account, unless it has an account of its own to match.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// File is the content of the configuration file. The zero value is what an
// absent file means.
type File struct {
	Timezone string `toml:"timezone"`
	Machine  string `toml:"machine"`
	Cycle    Cycle  `toml:"cycle"`

	Prices    []Price    `toml:"price"`
	Discounts []Discount `toml:"discount"`
	Aliases   []Alias    `toml:"alias"`

	Accounts     []Rule  `toml:"-"` // [[account]]
	Environments []Rule  `toml:"-"` // [[environment]]
	Allocations  []Rule  `toml:"-"` // [[allocate]]
	Bases        []Basis `toml:"-"` // [[basis]]

	Notify Notify `toml:"notify"`

	Currency Currency `toml:"currency"`

	Privacy Privacy `toml:"privacy"`

	Cockpit Cockpit `toml:"cockpit"`
}

// Cockpit is how the cockpit looks.
type Cockpit struct {
	// Theme is the name of a theme, such as "high-contrast-dark"; "" is "auto":
	// dark or light, as the terminal is.
	Theme string `toml:"theme"`
	// Period is the span of time that it begins with, such as "30d"; "" is each
	// page's own.
	Period string `toml:"period"`
}

// Currency is the currency that figures are shown in beside their own.
type Currency struct {
	Display string `toml:"display"` // ISO 4217; "" is none
	// Rates is a CSV file of dated exchange rates; a relative path begins where the
	// configuration file lies.
	Rates string `toml:"rates"`
}

// document is a whole file: what decodes by itself, and the tables that are
// read by hand because any dimension may be a key in them.
type document struct {
	File
	tables
}

// Price is a price of the user's own. Rates are exact decimals per 1,000,000
// tokens, as text; "" is not known. Times are days or instants, "" is open.
type Price struct {
	Provider     string `toml:"provider"`
	Model        string `toml:"model"`
	Tier         string `toml:"tier"`
	From         string `toml:"from"`
	To           string `toml:"to"`
	Input        string `toml:"input"`
	CacheRead    string `toml:"cache_read"`
	CacheWrite5m string `toml:"cache_write_5m"`
	CacheWrite1h string `toml:"cache_write_1h"`
	Output       string `toml:"output"`
	ContextOver  int64  `toml:"context_over"`
	Inclusive    bool   `toml:"inclusive"`
	Currency     string `toml:"currency"`
	Note         string `toml:"note"`
}

// Discount is a negotiated part off every token rate of a model, or of all
// models of who bills ("*").
type Discount struct {
	Provider string `toml:"provider"`
	Model    string `toml:"model"`
	Percent  string `toml:"percent"`
	From     string `toml:"from"`
	To       string `toml:"to"`
}

// Alias gives a name of the user's a meaning.
type Alias struct {
	Name     string `toml:"name"`
	Provider string `toml:"provider"`
	Model    string `toml:"model"`
	From     string `toml:"from"`
	To       string `toml:"to"`
}

// Cycle says when a billing cycle begins.
type Cycle struct {
	AnchorDay int `toml:"anchor_day"` // 1 to 31, clamped to the month; 0 is 1
}

// maxSize is far more than anybody writes by hand.
const maxSize = 1 << 20

// Load reads and checks the file at path. An absent file is an empty one,
// unless required. Errors name the file and the line.
func Load(path string, required bool) (File, error) {
	var f File
	text, err := read(path)
	if errors.Is(err, fs.ErrNotExist) && !required {
		return f, nil
	}
	if err != nil {
		return f, fmt.Errorf("read config: %w", err)
	}
	var doc document
	dec := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		return f, fmt.Errorf("config %s: %w", path, Explain(err))
	}
	if err := doc.check(); err != nil {
		return f, fmt.Errorf("config %s: %w", path, err)
	}
	if err := doc.Privacy.check(); err != nil {
		return f, fmt.Errorf("config %s: %w", path, err)
	}
	if err := doc.Notify.check(text); err != nil {
		return f, fmt.Errorf("config %s: %w", path, err)
	}
	if err := doc.rules(text, &doc.tables); err != nil {
		return f, fmt.Errorf("config %s: %w", path, err)
	}
	return doc.File, nil
}

// read does not trust a size: what a path names may have none, or no end.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err == nil && len(text) > maxSize {
		err = fmt.Errorf("%s: larger than 1 MiB", path)
	}
	return text, err
}

// Explain says what is wrong with a TOML file in words for the person who
// wrote it: the line, the key, and no names of the program's own.
func Explain(err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		row, _ := strict.Errors[0].Position()
		return fmt.Errorf("line %d: unknown key %s", row, strings.Join(strict.Errors[0].Key(), "."))
	}
	var at *toml.DecodeError
	if errors.As(err, &at) {
		row, col := at.Position()
		if _, kind, ok := strings.Cut(at.Error(), "cannot decode TOML "); ok {
			kind, goal, _ := strings.Cut(kind, " into ")
			return fmt.Errorf("line %d: %s cannot be of type %s%s", row, strings.Join(at.Key(), "."), kind, wanted(goal))
		}
		return fmt.Errorf("line %d, column %d: %w", row, col, err)
	}
	return err
}

// wanted says what a value should have been, from the end of a message of the
// decoder: the type of the field it goes into.
func wanted(goal string) string {
	_, kind, _ := strings.Cut(goal, " of type ")
	if kind == "" {
		kind = goal[strings.LastIndexByte(goal, ' ')+1:]
	}
	switch kind = strings.TrimLeft(kind, "*"); {
	case strings.HasPrefix(kind, "[]"):
		return "; it should be a list: [\"…\"]"
	case strings.HasPrefix(kind, "map["), strings.HasPrefix(kind, "struct"):
		return "; it should be a table: [name] and its keys below"
	case kind == "string":
		return "; it should be text: \"…\""
	case kind == "bool":
		return "; it should be true or false"
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"):
		return "; it should be a whole number"
	}
	return ""
}

func (f *File) check() error {
	if f.Timezone != "" {
		if _, err := time.LoadLocation(f.Timezone); err != nil || f.Timezone == "Local" {
			return fmt.Errorf("timezone %q is no IANA name such as Europe/Berlin", f.Timezone)
		}
	}
	if d := f.Currency.Display; d != "" && (len(d) != 3 || strings.IndexFunc(d, func(r rune) bool { return r < 'A' || r > 'Z' }) >= 0) {
		return fmt.Errorf("currency.display %q is no ISO 4217 code such as EUR", d)
	}
	if f.Currency.Display != "" && f.Currency.Rates == "" {
		return errors.New("currency.display needs currency.rates: a file of dated rates")
	}
	if f.Cycle.AnchorDay < 0 || f.Cycle.AnchorDay > 31 {
		return fmt.Errorf("cycle.anchor_day is %d; it must lie between 1 and 31", f.Cycle.AnchorDay)
	}
	return nil
}
