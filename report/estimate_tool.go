package report

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"tokpit/tokenizer"
)

// deepest is how far schemas are followed: deeper ones are not sent to models.
const deepest = 16

// properties lists the parameters of a schema, those of nested objects and of the
// elements of lists too: the models read all of it.
func properties(s *chatSchema, depth int) []tokenizer.Property {
	if depth > deepest {
		return nil
	}
	var out []tokenizer.Property
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		out = append(out, tokenizer.Property{Name: name, Type: schemaType(p.Type), Description: p.Description, Enum: plainValues(p.Enum)})
		out = append(out, properties(&p, depth+1)...)
	}
	if s.Items != nil {
		if t := schemaType(s.Items.Type); t != "" || len(s.Items.Enum) > 0 {
			out = append(out, tokenizer.Property{Name: "items", Type: t, Description: s.Items.Description, Enum: plainValues(s.Items.Enum)})
		}
		out = append(out, properties(s.Items, depth+1)...)
	}
	return out
}

// schemaType reads a type, which may be a list of types.
func schemaType(raw json.RawMessage) string {
	return strings.NewReplacer(`"`, "", "[", "", "]", "", " ", "").Replace(string(raw))
}

func plainValues(raw []json.RawMessage) []string {
	var out []string
	for _, v := range raw {
		out = append(out, strings.Trim(string(v), `"`))
	}
	return out
}
