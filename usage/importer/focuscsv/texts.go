package focuscsv

import (
	"encoding/binary"
	"strings"

	"tokpit/usage"
	"tokpit/usage/importer"
	"tokpit/usage/internal/jsonscan"
)

// provider names who bills as usage does: a cloud's AI service has a name of its
// own there.
func (d *decoder) provider(vendor, service []byte) string {
	d.key = append(append(append(d.key[:0], vendor...), 0), service...)
	if p, ok := d.vendors[string(d.key)]; ok {
		return p
	}
	if d.vendors == nil || len(d.vendors) >= maxKnown {
		d.vendors = make(map[string]string)
	}
	p := providerOf(strings.ToLower(d.names.Of(vendor)), strings.ToLower(d.names.Of(service)))
	d.vendors[string(d.key)] = p
	return p
}

func providerOf(vendor, service string) string {
	has := func(s string, words ...string) bool {
		for _, w := range words {
			if strings.Contains(s, w) {
				return true
			}
		}
		return false
	}
	switch {
	case vendor == "aws" || has(vendor, "amazon"):
		if has(service, "bedrock") {
			return "bedrock"
		}
		return "aws"
	case has(vendor, "microsoft", "azure"):
		return "azure"
	case vendor == "gcp" || has(vendor, "google"):
		if has(service, "vertex") {
			return "vertex"
		}
		if has(service, "gemini", "generative language") || vendor == "google" {
			return "google"
		}
		return "google-cloud"
	}
	for _, p := range []string{"openai", "anthropic", "openrouter", "deepseek", "mistral", "cohere", "groq", "xai", "moonshot", "minimax"} {
		if has(strings.ReplaceAll(vendor, " ", ""), p) {
			return p
		}
	}
	return vendor
}

// texts returns tags, model and tier of a row.
func (d *decoder) texts() what {
	d.key = d.key[:0]
	for _, c := range []column{serviceName, serviceCategory, chargeCategory, chargeClass, description, skuMeter, skuID, details, tags, subAccount, subAccountName, invoice} {
		b := d.cell(c)
		d.key = append(binary.AppendUvarint(d.key, uint64(len(b))), b...)
	}
	if w, ok := d.known[string(d.key)]; ok {
		return w
	}
	if d.known == nil || len(d.known) >= maxKnown {
		d.known = make(map[string]what)
	}
	w := d.read()
	d.known[string(d.key)] = w
	return w
}

// maxTags is how many of a row's own tags are kept.
const maxTags = 32

// read makes the tags of a row: the vendor's own, and what a bill calls things.
func (d *decoder) read() what {
	var w what
	pairs := make(map[string]string)
	d.pairs(d.cell(tags), func(name, value string) {
		if len(pairs) < maxTags && name != importer.Tag && value != "" {
			pairs[name] = value
		}
	})
	d.pairs(d.cell(details), func(name, value string) {
		switch strings.TrimPrefix(name, "x_") {
		case "ModelId":
			w.model = value
		case "ServiceTier":
			w.tier = value
		}
	})
	item := d.name(description)
	for _, c := range []column{skuMeter, skuID, serviceName} {
		if item == "" {
			item = d.name(c)
		}
	}
	account := d.name(subAccountName)
	if account == d.name(subAccount) {
		account = ""
	}
	category := d.name(chargeCategory)
	if category == "Usage" {
		category = ""
	}
	for _, t := range [][2]string{{string(usage.ByLineItem), item}, {"service", d.name(serviceName)}, {"service_category", d.name(serviceCategory)},
		{"charge_category", category}, {"charge_class", d.name(chargeClass)}, {"sub_account", account}, {"invoice", d.name(invoice)}} {
		if t[1] != "" {
			pairs[t[0]] = t[1]
		}
	}
	w.tags = usage.NewTags(pairs)
	return w
}

// pairs walks a flat JSON object; anything else says nothing.
func (d *decoder) pairs(text []byte, each func(name, value string)) {
	if len(text) == 0 || text[0] != '{' {
		return
	}
	f := &d.json
	f.Read(text)
	for ok := f.Object(); ok; ok = f.Next() {
		name := d.names.Of(f.Key())
		switch f.Kind() {
		case jsonscan.String:
			value, _ := f.Text()
			each(name, d.names.Of(value))
		case jsonscan.Number, jsonscan.Bool:
			value, _ := f.Raw()
			each(name, d.names.Of(value))
		default:
			f.Skip()
		}
	}
}
