// Package bedrock brings in the invocation logs of Amazon Bedrock: what "model
// invocation logging" leaves in S3 as compressed JSON Lines (a folder for each
// account, region and hour), or in CloudWatch.
//
// A row is one invocation. Its four counts are disjoint: inputTokenCount leaves out
// what the cache served (cacheReadInputTokenCount) and stored
// (cacheWriteInputTokenCount), so with a warm cache it is tiny beside them, and a
// reader that knows only input and output sees a few percent of the usage. How
// long an entry of the cache lives is not said; it is taken for the short kind.
//
// Rows also hold whole prompts and answers (inputBodyJson, outputBodyJson, or where
// in S3 they are). These are walked over and never read.
//
// The model is what was asked for: an id, or an ARN of an inference profile, which
// names its model at the end, unless it is an application's own profile or
// provisioned throughput. Such a name has no price until the configuration gives
// it one.
package bedrock

import (
	"bytes"
	"context"
	"io"
	"strings"

	"tokpit/usage"
	"tokpit/usage/importer"
	"tokpit/usage/importer/rows"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
)

// Name of the format.
const Name = "bedrock"

// Format reads invocation logs.
type Format struct{}

// Name implements [importer.Format].
func (Format) Name() string { return Name }

// Title implements [importer.Format].
func (Format) Title() string {
	return "invocation logs of Amazon Bedrock (JSON Lines, from S3 or CloudWatch)"
}

// Sniff implements [importer.Format].
func (Format) Sniff(_ string, head []byte) importer.Likelihood {
	switch {
	case bytes.Contains(head, []byte(`ModelInvocationLog`)) && bytes.Contains(head, []byte("modelId")):
		return importer.Certain
	case bytes.Contains(head, []byte("inputTokenCount")) && bytes.Contains(head, []byte("accountId")):
		return importer.Likely
	}
	return importer.Foreign
}

// Read implements [importer.Format].
func (Format) Read(ctx context.Context, r io.Reader, _ importer.Options, out *importer.Out) error {
	d := decoder{}
	return rows.Objects(ctx, r, func(text []byte) (string, error) {
		bad := d.read(text)
		if bad != "" || d.skip {
			return bad, nil
		}
		return "", out.Add(&d.rec)
	}, out.Refuse)
}

// decoder reads one row after the other.
type decoder struct {
	fields, whole agentlog.Fields // of a row, and of one inside another
	inner         agentlog.Fields // of a part
	names         jsonl.Names
	models, users map[string]string
	tags          map[string]usage.Tags

	rec     usage.Record
	skip    bool // a row that was refused at Amazon, and cost nothing
	counted bool // a count is there
	failed  bool // there is an error code
	own     bool // the row calls itself an invocation, or looks like one
}

// maxKnown is how many names are remembered.
const maxKnown = 4096

// read makes the record of a row, or says why there is none.
func (d *decoder) read(text []byte) (bad string) {
	d.rec, d.skip, d.counted, d.failed, d.own = agentlog.Start(Name, "bedrock"), false, false, false, false
	d.rec.Basis = usage.BasisUnknown
	if bad := d.walk(&d.fields, text, true); bad != "" {
		return bad
	}
	switch {
	case !d.own:
		return "not an invocation of a model"
	case d.rec.Start.IsZero():
		return "no timestamp"
	case d.rec.Model == "":
		return "no modelId"
	case !d.counted && d.failed:
		d.skip = true
	case !d.counted:
		return "no token counts: the log does not say what this model is billed by"
	}
	d.rec.Context = d.rec.TotalInput()
	return ""
}

// walk reads the members of a row. CloudWatch hands the row out as a text inside a
// row of its own.
func (d *decoder) walk(f *agentlog.Fields, text []byte, wrapped bool) (bad string) {
	f.Read(text)
	r := &d.rec
	for ok := f.Object(); ok; ok = f.Next() {
		switch key := string(f.Key()); key {
		case "schemaType":
			d.own = d.own || string(f.Lenient()) == "ModelInvocationLog"
		case "timestamp", "@timestamp":
			if t := jsonl.Time(f.Lenient()); !t.IsZero() {
				r.Start = t
			}
		case "accountId":
			r.Account = d.names.Of(f.Lenient())
		case "region":
			r.Region = d.names.Of(f.Lenient())
		case "requestId":
			if id := f.Lenient(); len(id) > 0 {
				r.ID = jsonl.ID(id)
			}
		case "modelId":
			r.Model = d.named(&d.models, f.Strict(key), model)
			d.own = true
		case "identity":
			f.Members(key, func(k string) bool {
				if k != "arn" {
					return false
				}
				r.User = d.named(&d.users, f.Lenient(), user)
				return true
			})
		case "serviceTier":
			if t := d.names.Of(f.Lenient()); t != "default" && t != "standard" {
				r.Tier = t
			}
		case "errorCode":
			d.failed = len(f.Lenient()) > 0
		case "input":
			f.Members(key, d.input(f))
		case "output":
			f.Members(key, d.output(f))
		case "requestMetadata":
			raw, _ := f.Raw()
			r.Tags = d.tagged(raw)
		case "message", "@message":
			inner, kind := f.Text()
			if wrapped && kind == jsonscan.String && len(inner) > 0 && inner[0] == '{' {
				if bad := d.walk(&d.whole, inner, false); bad != "" {
					return bad
				}
			}
		default:
			f.Skip()
		}
	}
	if err := f.End(); err != nil {
		return err.Error()
	}
	return f.Bad
}

func (d *decoder) input(f *agentlog.Fields) func(string) bool {
	return func(key string) bool {
		switch key {
		case "inputTokenCount":
			d.rec.Input = d.count(f, key)
		case "cacheReadInputTokenCount":
			d.rec.CacheRead = d.count(f, key)
		case "cacheWriteInputTokenCount":
			d.rec.CacheWrite5m = d.count(f, key)
		default:
			return false
		}
		return true
	}
}

func (d *decoder) output(f *agentlog.Fields) func(string) bool {
	return func(key string) bool {
		if key != "outputTokenCount" {
			return false
		}
		d.rec.Output = d.count(f, key)
		return true
	}
}

func (d *decoder) count(f *agentlog.Fields, key string) int64 {
	d.counted = d.counted || f.Kind() == jsonscan.Number
	return f.Tokens(key)
}

// maxTags is how many pairs of a request's metadata are kept; Amazon allows 16.
const maxTags = 16

// tagged returns what a caller says about a request, to be found again in its bill.
func (d *decoder) tagged(raw []byte) usage.Tags {
	if t, ok := d.tags[string(raw)]; ok {
		return t
	}
	pairs := make(map[string]string)
	d.inner.Read(raw)
	d.inner.Members("", func(key string) bool {
		name, value := d.names.Of([]byte(key)), d.names.Of(d.inner.Lenient())
		if value != "" && name != importer.Tag && len(pairs) < maxTags {
			pairs[name] = value
		}
		return true
	})
	if d.tags == nil || len(d.tags) >= maxKnown {
		d.tags = make(map[string]usage.Tags)
	}
	t := usage.NewTags(pairs)
	d.tags[string(raw)] = t
	return t
}

// named returns what a name comes to, and remembers it.
func (d *decoder) named(known *map[string]string, b []byte, of func(string) string) string {
	if s, ok := (*known)[string(b)]; ok {
		return s
	}
	if *known == nil || len(*known) >= maxKnown {
		*known = make(map[string]string)
	}
	s := of(d.names.Of(b))
	(*known)[string(b)] = s
	return s
}

// model returns the model of an id or ARN.
func model(s string) string {
	if !strings.HasPrefix(s, "arn:") {
		return s
	}
	what := resource(s)
	kind, name, ok := strings.Cut(what, "/")
	if ok && (kind == "inference-profile" || kind == "foundation-model") {
		return name
	}
	return what
}

// user returns who an ARN names, without the account, which stands beside it.
func user(s string) string {
	if !strings.HasPrefix(s, "arn:") {
		return s
	}
	return resource(s)
}

// resource is the last part of an ARN: arn:aws:service:region:account:resource.
func resource(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return arn
	}
	return parts[5]
}
