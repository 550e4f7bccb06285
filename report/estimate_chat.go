package report

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tokpit/internal/clean"
	"tokpit/tokenizer"
)

// ChatFile is a request as it is sent to an API, taken apart: what is counted as
// text, and what is around it.
type ChatFile struct {
	Texts  []string // in no particular order; the names of tools that were called among them
	Chat   tokenizer.Chat
	Images []tokenizer.Image
	Unseen int // images that the file only points to, so that their size is not known
	// Output is the limit on the answer that the request sets, 0 if it sets none,
	// and Model the model that it names.
	Output int64
	Model  string
}

const chatHint = "give a request as the API takes it: {\"messages\": [{\"role\": …, \"content\": …}], \"tools\": […]}, or the list of messages alone"

// ReadChat reads a request in the form of OpenAI's Chat Completions or Responses,
// or of Anthropic's Messages; or the list of messages alone. An error says where
// something cannot be read, and never what it is.
func ReadChat(data []byte) (*ChatFile, error) {
	var doc chatDocument
	body := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\ufeff")), " \t\r\n")
	var err error
	if bytes.HasPrefix(body, []byte("[")) {
		err = json.Unmarshal(body, &doc.Messages)
	} else {
		err = json.Unmarshal(body, &doc)
	}
	if err != nil {
		return nil, &InputError{jsonFault(err), chatHint}
	}
	c := chatReader{out: &ChatFile{}}
	c.document(&doc)
	if c.err != nil {
		return nil, c.err
	}
	if c.out.Chat.Messages == 0 {
		return nil, &InputError{"there are no messages", chatHint}
	}
	return c.out, nil
}

// jsonFault says where JSON is wrong without a word of it.
func jsonFault(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("no JSON from byte %d on", syntax.Offset)
	case errors.As(err, &kind) && kind.Field != "":
		return fmt.Sprintf("%s is not of the kind that it should be", clean.Limit(kind.Field, 100))
	}
	return "not the JSON of a request"
}

type chatDocument struct {
	Model        string          `json:"model"`
	Messages     []chatMessage   `json:"messages"`
	Input        json.RawMessage `json:"input"`        // Responses: text or messages
	System       json.RawMessage `json:"system"`       // Anthropic: text or parts
	Instructions json.RawMessage `json:"instructions"` // Responses
	Tools        []chatTool      `json:"tools"`
	ToolChoice   json.RawMessage `json:"tool_choice"`
	Max1         int64           `json:"max_tokens"`
	Max2         int64           `json:"max_completion_tokens"`
	Max3         int64           `json:"max_output_tokens"`
}

type chatMessage struct {
	Role      string          `json:"role"`
	Name      string          `json:"name"`
	Content   json.RawMessage `json:"content"`
	Refusal   string          `json:"refusal"`
	ToolCalls []struct {
		Function chatCall `json:"function"`
	} `json:"tool_calls"`
	// The items of a Responses input that are no messages.
	Type      string          `json:"type"`
	Arguments string          `json:"arguments"`
	Output    json.RawMessage `json:"output"`
}

type chatCall struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

type chatPart struct {
	Type     string          `json:"type"`
	Text     string          `json:"text"`
	Thinking string          `json:"thinking"`
	Refusal  string          `json:"refusal"`
	Detail   string          `json:"detail"`
	ImageURL json.RawMessage `json:"image_url"`
	Source   *struct {
		Type string `json:"type"`
		Data string `json:"data"`
	} `json:"source"`
	Name    string          `json:"name"`
	Input   json.RawMessage `json:"input"`
	Content json.RawMessage `json:"content"`
}

type chatTool struct {
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Parameters  *chatSchema `json:"parameters"`
	InputSchema *chatSchema `json:"input_schema"`
	Function    *chatTool   `json:"function"`
	Type        string      `json:"type"`
}

type chatSchema struct {
	Type        json.RawMessage       `json:"type"`
	Description string                `json:"description"`
	Enum        []json.RawMessage     `json:"enum"`
	Properties  map[string]chatSchema `json:"properties"`
	Items       *chatSchema           `json:"items"`
}

// UnmarshalJSON reads a schema. One that is no object (true, or a list of several)
// has nothing that could be counted.
func (s *chatSchema) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '{' {
		return nil
	}
	type plain chatSchema
	return json.Unmarshal(b, (*plain)(s))
}

// chatReader collects a document. After the first error it does nothing.
type chatReader struct {
	out *ChatFile
	err error
}

func (c *chatReader) document(d *chatDocument) {
	c.out.Model = clean.Limit(d.Model, 200)
	c.out.Output = min(max(d.Max1, d.Max2, d.Max3, 0), maxOutput)
	for _, s := range []struct {
		where string
		text  json.RawMessage
	}{{"system", d.System}, {"instructions", d.Instructions}} {
		if given(s.text) {
			c.out.Chat.Messages++
			c.content(s.where, s.text)
		}
	}
	if given(d.Input) {
		if d.Input[0] == '"' {
			c.out.Chat.Messages++
			c.content("input", d.Input)
		} else {
			c.unmarshal("input", d.Input, &d.Messages)
		}
	}
	for i := range d.Messages {
		c.message(fmt.Sprintf("message %d", i+1), &d.Messages[i])
	}
	for i := range d.Tools {
		c.tool(fmt.Sprintf("tool %d", i+1), &d.Tools[i])
	}
	choice := strings.TrimSpace(string(d.ToolChoice))
	c.out.Chat.Forced = choice == `"required"` || strings.HasPrefix(choice, "{") && !strings.Contains(choice, `"auto"`) && !strings.Contains(choice, `"none"`)
}

func given(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

func (c *chatReader) unmarshal(where string, raw json.RawMessage, into any) {
	if c.err != nil {
		return
	}
	if err := json.Unmarshal(raw, into); err != nil {
		c.fail(where, "is not of the kind that it should be")
	}
}

func (c *chatReader) fail(where, what string) {
	if c.err == nil {
		c.err = &InputError{where + " " + what, chatHint}
	}
}

func (c *chatReader) text(s string) {
	if s != "" {
		c.out.Texts = append(c.out.Texts, s)
	}
}

func (c *chatReader) message(where string, m *chatMessage) {
	c.out.Chat.Messages++
	if m.Name != "" && m.Type == "" {
		c.out.Chat.Names++
	}
	c.text(m.Name)
	c.text(m.Refusal)
	c.text(m.Arguments)
	for _, call := range m.ToolCalls {
		c.text(call.Function.Name)
		c.text(call.Function.Arguments)
	}
	if given(m.Content) {
		c.content(where, m.Content)
	}
	if given(m.Output) {
		c.content(where, m.Output)
	}
}

// content reads a text or a list of parts.
func (c *chatReader) content(where string, raw json.RawMessage) {
	switch raw[0] {
	case '"':
		var s string
		c.unmarshal(where, raw, &s)
		c.text(s)
	case '[':
		var parts []chatPart
		c.unmarshal(where, raw, &parts)
		for i := range parts {
			c.part(fmt.Sprintf("%s, part %d", where, i+1), &parts[i])
		}
	default:
		c.fail(where, "has no text and no parts")
	}
}

func (c *chatReader) part(where string, p *chatPart) {
	switch p.Type {
	case "text", "input_text", "output_text", "thinking", "redacted_thinking", "refusal", "reasoning", "summary_text":
		c.text(p.Text)
		c.text(p.Thinking)
		c.text(p.Refusal)
	case "image_url", "input_image", "image":
		c.image(where, p)
	case "tool_use", "server_tool_use":
		c.text(p.Name)
		if given(p.Input) {
			c.text(string(p.Input))
		}
	case "tool_result":
		if given(p.Content) {
			c.content(where, p.Content)
		}
	default:
		c.fail(where, fmt.Sprintf("is of type %q, whose tokens cannot be estimated", clip(p.Type)))
	}
}

func (c *chatReader) image(where string, p *chatPart) {
	encoded, detail := "", p.Detail
	switch {
	case p.Source != nil:
		encoded = p.Source.Data
	case given(p.ImageURL) && p.ImageURL[0] == '"':
		c.unmarshal(where, p.ImageURL, &encoded)
	case given(p.ImageURL):
		var u struct{ URL, Detail string }
		c.unmarshal(where, p.ImageURL, &u)
		encoded, detail = u.URL, u.Detail
	}
	if strings.HasPrefix(encoded, "data:") {
		_, encoded, _ = strings.Cut(encoded, ",")
	} else if p.Source == nil || encoded == "" {
		c.out.Unseen++
		return
	}
	img, err := ImageSize(base64.NewDecoder(base64.StdEncoding, strings.NewReader(encoded)))
	if err != nil {
		c.fail(where, "holds an image that cannot be read")
		return
	}
	img.Low = detail == "low"
	c.out.Images = append(c.out.Images, img)
}

func (c *chatReader) tool(where string, t *chatTool) {
	if t.Function != nil {
		t = t.Function
	}
	if t.Name == "" {
		c.fail(where, "has no name")
		return
	}
	schema := t.Parameters
	if schema == nil {
		schema = t.InputSchema
	}
	out := tokenizer.Tool{Name: t.Name, Description: t.Description}
	if schema != nil {
		out.Properties = properties(schema, 0)
	}
	c.out.Chat.Tools = append(c.out.Chat.Tools, out)
}
