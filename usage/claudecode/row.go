package claudecode

import (
	"tokpit/usage"
	"tokpit/usage/internal/jsonscan"
)

// row is what a line says, as far as it matters. Byte slices point into the
// line.
type row struct {
	kind      []byte // "type"
	message   message
	nested    []byte // "data", of a progress row
	requestID []byte
	session   []byte
	uuid      []byte
	stamp     []byte // "timestamp"
	cwd       []byte
	agent     []byte // "agentId"
	agentName []byte // "attributionAgent"
	side      bool
	cost      []byte // "costUSD", as written

	bad string // the first field that cannot be what it says
}

// message is an API response, cut down.
type message struct {
	id, model []byte
	used      bool // it has usage
	usage     tokens
}

// tokens is the API's usage object.
type tokens struct {
	input, output, read, write int64
	write5m, write1h           int64
	nested                     bool // cache_creation is there
	thinking                   int64
	searches                   int64
	tier, speed, geo           []byte
	compaction                 classes // passes that the counts above leave out
	compactions                int
}

type classes struct{ input, output, read, write5m, write1h int64 }

// reader walks lines.
type reader struct {
	jsonscan.Scanner
	row
}

// What a walk found.
type finding uint8

const (
	dull  finding = iota // no usage, whatever else the line says
	whole                // the whole line is JSON; look at the row
	broken
)

// read walks a line. It stops as soon as the type says that the line cannot
// have usage; the first type counts.
func (r *reader) read(line []byte) finding {
	r.row = row{}
	r.Reset(line)
	for ok := r.Object(); ok; ok = r.Next() {
		if !r.member() {
			return dull
		}
	}
	if r.End() != nil {
		return broken
	}
	return whole
}

// member takes one member of a row. It returns false if the row is dull.
func (r *reader) member() bool {
	switch string(r.Key()) {
	case "type":
		kind := r.strict("type")
		if r.kind == nil {
			r.kind = kind
		}
		return len(r.kind) == 0 || string(r.kind) == "assistant" || string(r.kind) == "progress"
	case "message":
		r.message = message{}
		if r.Kind() == jsonscan.Object {
			r.readMessage()
		} else {
			r.Skip()
		}
	case "data":
		r.nested = nil
		if raw, kind := r.Raw(); kind == jsonscan.Object {
			r.nested = raw
		}
	case "timestamp":
		r.stamp = r.strict("timestamp")
	case "requestId":
		r.requestID = r.lenient()
	case "sessionId":
		r.session = r.lenient()
	case "uuid":
		r.uuid = r.lenient()
	case "cwd":
		r.cwd = r.lenient()
	case "agentId":
		r.agent = r.lenient()
	case "attributionAgent":
		r.agentName = r.lenient()
	case "isSidechain":
		r.side, _ = r.Bool()
	case "costUSD":
		raw, kind := r.Raw()
		if r.cost = raw; kind == jsonscan.Null {
			r.cost = nil
		} else if kind != jsonscan.Number {
			r.slip("costUSD", jsonscan.NotNumber.String())
		}
	default:
		r.Skip()
	}
	return true
}

func (r *reader) readMessage() {
	for ok := r.Object(); ok; ok = r.Next() {
		switch string(r.Key()) {
		case "id":
			r.message.id = r.strict("message.id")
		case "model":
			r.message.model = r.strict("model")
		case "usage":
			r.message.used, r.message.usage = false, tokens{}
			switch r.Kind() {
			case jsonscan.Object:
				r.message.used = true
				r.readUsage(&r.message.usage)
			case jsonscan.Null:
				r.Skip()
			default:
				r.Skip()
				r.message.used = true
				r.slip("usage", "is not an object")
			}
		default:
			r.Skip()
		}
	}
}

func (r *reader) readUsage(u *tokens) {
	for ok := r.Object(); ok; ok = r.Next() {
		switch string(r.Key()) {
		case "output_tokens_details":
			u.thinking = r.one("thinking_tokens")
		case "server_tool_use":
			u.searches = r.one("web_search_requests")
		case "service_tier":
			u.tier = r.strict("service_tier")
		case "speed":
			u.speed = r.strict("speed")
		case "inference_geo":
			u.geo = r.lenient()
		case "iterations":
			u.compaction, u.compactions = r.iterations()
		default:
			r.readClass(u)
		}
	}
}

// readClass reads the member at hand if it is a count of one of the token
// classes, which a response and each of its passes state in the same way.
func (r *reader) readClass(u *tokens) {
	switch string(r.Key()) {
	case "input_tokens":
		u.input = r.count("input_tokens")
	case "output_tokens":
		u.output = r.count("output_tokens")
	case "cache_read_input_tokens":
		u.read = r.count("cache_read_input_tokens")
	case "cache_creation_input_tokens":
		u.write = r.count("cache_creation_input_tokens")
	case "cache_creation":
		u.write5m, u.write1h, u.nested = r.cacheCreation()
	default:
		r.Skip()
	}
}

// cacheCreation takes the nested cache writes. Null is as if they were not
// there.
func (r *reader) cacheCreation() (write5m, write1h int64, there bool) {
	if !r.object("cache_creation") {
		return 0, 0, false
	}
	for ok := r.Object(); ok; ok = r.Next() {
		switch string(r.Key()) {
		case "ephemeral_5m_input_tokens":
			write5m = r.count("ephemeral_5m_input_tokens")
		case "ephemeral_1h_input_tokens":
			write1h = r.count("ephemeral_1h_input_tokens")
		default:
			r.Skip()
		}
	}
	return write5m, write1h, true
}

// one takes an object and returns the count in one of its members.
func (r *reader) one(name string) (n int64) {
	if !r.object(name) {
		return 0
	}
	for ok := r.Object(); ok; ok = r.Next() {
		if string(r.Key()) == name {
			n = r.count(name)
		} else {
			r.Skip()
		}
	}
	return n
}

// iterations sums the compaction passes of a response.
func (r *reader) iterations() (sum classes, n int) {
	if r.Kind() != jsonscan.Array {
		r.Skip()
		return classes{}, 0
	}
	for ok := r.Elements(); ok; ok = r.More() {
		if r.Kind() != jsonscan.Object {
			r.Skip()
			continue
		}
		var u tokens
		var kind []byte
		for ok := r.Object(); ok; ok = r.Next() {
			if string(r.Key()) == "type" {
				kind = r.lenient()
			} else {
				r.readClass(&u)
			}
		}
		if string(kind) == "compaction" {
			n++
			c, _ := u.classes()
			sum.input, sum.output, sum.read = sum.input+c.input, sum.output+c.output, sum.read+c.read
			sum.write5m, sum.write1h = sum.write5m+c.write5m, sum.write1h+c.write1h
		}
	}
	return sum, n
}

// classes returns the token classes of the top level, and whether nested and
// flat cache writes contradict each other.
func (u *tokens) classes() (c classes, differ bool) {
	c = classes{u.input, u.output, u.read, u.write5m, u.write1h}
	nested := u.write5m + u.write1h
	if !u.nested || nested == 0 { // an empty breakdown breaks nothing down
		c.write5m, c.write1h = u.write, 0
		return c, false
	}
	return c, u.write != 0 && u.write != nested
}

// object reports whether an object comes next, and skips what is none.
func (r *reader) object(name string) bool {
	switch r.Kind() {
	case jsonscan.Object:
		return true
	case jsonscan.Null:
	default:
		r.slip(name, "is not an object")
	}
	r.Skip()
	return false
}

// count takes a believable whole number; a slip makes the row bad.
func (r *reader) count(name string) int64 {
	n, slip := r.Count()
	if slip == jsonscan.Fine && n > usage.MaxTokens {
		slip = jsonscan.TooLarge
	}
	if slip != jsonscan.Fine {
		r.slip(name, slip.String())
		return 0
	}
	return n
}

// strict takes a string that decides what a row means or costs.
func (r *reader) strict(name string) []byte {
	b, kind := r.Text()
	if kind != jsonscan.String && kind != jsonscan.Null {
		r.slip(name, "is not a string")
	}
	return b
}

// lenient takes a string that only describes. Anything else is as if it were
// not there.
func (r *reader) lenient() []byte {
	b, _ := r.Text()
	return b
}

func (r *reader) slip(field, what string) {
	if r.bad == "" {
		r.bad = field + " " + what
	}
}
