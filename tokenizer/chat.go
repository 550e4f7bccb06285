package tokenizer

import "strings"

// Chat is the shape of a request: what is sent around the text itself.
type Chat struct {
	Messages int // with a role each, the system prompt among them
	Names    int // messages that name their author
	Tools    []Tool
	Forced   bool // a tool must be called
}

// Tool is the description of a function that a model may call.
type Tool struct {
	Name, Description string
	Properties        []Property
}

// Property is a parameter of a tool.
type Property struct {
	Name, Type, Description string
	Enum                    []string
}

// Overhead returns the tokens that roles, names and tools add to the text of a
// request. None of the providers promises these figures:
//
//   - OpenAI: 3 per message and its role, 1 per name, 3 that begin the answer (the
//     OpenAI cookbook, "How to count tokens with tiktoken", which came out equal
//     to the API then); reasoning models differ by a few. Tools are rendered as
//     the cookbook's num_tokens_for_tools counts them: 7 per function (10 before
//     GPT-4o), 3 for its properties and 3 for each, 3 per value of an enum less
//     3, and 12 at the end.
//   - Claude: a few tokens per message, and with tools a system prompt of 313 to
//     346 (Claude 3.5 and 4; 159 to 530 for Claude 3) and the schema as text.
//   - Llama 3: 5 per message, 1 at the start, 4 that begin the answer; Qwen: 5 and
//     3; DeepSeek V3: 1 and 2 (their published chat templates). Their tools go
//     into the system prompt as text.
//   - Others: a few tokens per message.
func (m Method) Overhead(c Chat) (Estimate, error) {
	if c.Messages <= 0 && len(c.Tools) == 0 {
		return Estimate{Exact: true, Method: m.String()}, nil
	}
	name := O200K
	if m.Family == OpenAI {
		name = m.Encoding
	}
	e, err := Get(name)
	if err != nil {
		return Estimate{}, err
	}
	msgs, names := int64(max(c.Messages, 0)), int64(max(c.Names, 0))
	var out Estimate
	switch m.Family {
	case OpenAI:
		n := 4*msgs + names + 3 // 3, and the role as text
		out = Estimate{Low: 3*msgs + 3, Point: n, High: n + 2*msgs + 8, Method: "OpenAI cookbook"}
	case Claude3, Claude47, ClaudeLegacy:
		out = Estimate{Low: 3 * msgs, Point: 4 * msgs, High: 7*msgs + 4, Method: "typical of Claude"}
	case Llama3:
		n := 5*msgs + 5
		out = Estimate{n, n, n + 30, false, "Llama 3 chat template"} // + a date that its system prompt may have
	case Qwen:
		n := 5*msgs + 3
		out = Estimate{n, n, n + 22, false, "Qwen chat template"} // + a system prompt where none is given
	case DeepSeek:
		n := msgs + 2
		out = Estimate{n, n, n + msgs + 2, false, "DeepSeek chat template"}
	default:
		out = Estimate{msgs, 4 * msgs, 8*msgs + 8, false, "typical of chat templates"}
	}
	if len(c.Tools) > 0 {
		out = out.Add(m.tools(e, c))
	}
	return out, nil
}

// tools estimates what the descriptions of tools add.
func (m Method) tools(e *Encoding, c Chat) Estimate {
	if m.Family == OpenAI {
		n := cookbookTools(e, c.Tools)
		return Estimate{n * 9 / 10, n, n*11/10 + 16, false, "OpenAI cookbook, tools"}
	}
	schema := int64(0)
	for _, t := range c.Tools {
		schema += int64(e.CountString(schemaText(t)))
	}
	rows := ratiosOf(m.Family)[Data]
	out := Estimate{Low: schema * rows.Low / 1000, Point: schema * rows.Point / 1000, High: (schema*rows.High + 999) / 1000, Method: "the schema as text"}
	switch m.Family {
	case Claude3, Claude47:
		prompt := Estimate{Low: 159, Point: 346, High: 530, Method: "Claude's tool prompt"}
		if c.Forced {
			prompt = Estimate{Low: 235, Point: 313, High: 340, Method: "Claude's tool prompt"}
		}
		out = prompt.Add(out)
	}
	return out
}

func cookbookTools(e *Encoding, tools []Tool) int64 {
	perTool := int64(7)
	if e.Name() == CL100K {
		perTool = 10
	}
	text := func(parts ...string) int64 {
		return int64(e.CountString(strings.TrimSuffix(strings.Join(parts, ":"), ".")))
	}
	n := int64(12)
	for _, t := range tools {
		n += perTool + text(t.Name, t.Description)
		if len(t.Properties) > 0 {
			n += 3
		}
		for _, p := range t.Properties {
			n += 3 + text(p.Name, p.Type, p.Description)
			if len(p.Enum) > 0 {
				n -= 3
			}
			for _, v := range p.Enum {
				n += 3 + int64(e.CountString(v))
			}
		}
	}
	return n
}

// schemaText is about the JSON that a tool is sent as.
func schemaText(t Tool) string {
	var b strings.Builder
	b.WriteString(`{"name":"` + t.Name + `","description":"` + t.Description + `","input_schema":{"type":"object","properties":{`)
	for i, p := range t.Properties {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(`"` + p.Name + `":{"type":"` + p.Type + `","description":"` + p.Description + `"`)
		if len(p.Enum) > 0 {
			b.WriteString(`,"enum":["` + strings.Join(p.Enum, `","`) + `"]`)
		}
		b.WriteString("}")
	}
	b.WriteString("}}}")
	return b.String()
}
