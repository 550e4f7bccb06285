package cmd

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/tokenizer"
)

func newTokenizer(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "tokenizer",
		Short: "See how tokens are counted, and add vocabularies",
		Long: `Lists the encodings that are counted exactly, and adds the vocabularies of other
families of models.

OpenAI's encodings are built in. Llama 3, Qwen 2 to 3, Mistral's tekken and
DeepSeek V3 become exact with their vocabulary file, which their makers publish:
a tokenizer.json, a tekken.json or a .tiktoken. tokpit never downloads one.
Without it, and for Claude and Gemini, figures are ranges that say how they were
found.`,
		Example: `  tokpit tokenizer add llama-3 ~/models/llama-3.1-8b/tokenizer.json
  tokpit tokenizer list
  tokpit tokenizer remove llama-3`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newTokenizerList(a), newTokenizerAdd(a), newTokenizerRemove(a))
	return c
}

func familyNames() string {
	var names []string
	for _, f := range tokenizer.Addable() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

func parseFamily(name string) (tokenizer.Family, error) {
	f := tokenizer.Family(strings.ToLower(name))
	if !slices.Contains(tokenizer.Addable(), f) {
		return "", hint(fmt.Errorf("vocabularies of %q cannot be added", clip(name)), "families: %s", familyNames())
	}
	return f, nil
}

func newTokenizerAdd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "add FAMILY FILE",
		Short: "Count a family of models exactly with its vocabulary file",
		Long: `Reads a vocabulary file, checks that it is what the family uses, and keeps a
finished table of it in the data directory. FAMILY is one of ` + familyNames() + `.`,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			family, err := parseFamily(args[0])
			if err != nil {
				return err
			}
			file, err := readVocabulary(c.InOrStdin(), args[1])
			if err != nil {
				return err
			}
			stored, info, err := tokenizer.Adopt(family, file)
			if err != nil {
				return hint(fmt.Errorf("%s: %w", clean.Text(args[1]), err), "give the tokenizer.json, tekken.json or .tiktoken that came with a model of the family")
			}
			if err := a.shelf().put(family, stored); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s: %s tokens, sha256 %s\n", family, group(int64(info.Tokens)), info.SHA256)
			return err
		},
	}
}

// maxVocabulary is the largest file that is read, in bytes. The largest of the
// families' is 17 MB.
const maxVocabulary = 64 << 20

func readVocabulary(stdin io.Reader, path string) ([]byte, error) {
	r := stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, readError(path, err)
		}
		defer f.Close()
		r = f
	}
	data, err := io.ReadAll(io.LimitReader(r, maxVocabulary+1))
	if err != nil {
		return nil, readError(path, err)
	}
	if len(data) > maxVocabulary {
		return nil, hint(fmt.Errorf("%s: larger than %d MiB", clean.Text(path), maxVocabulary>>20), "this is no vocabulary; give the tokenizer.json beside the model's weights")
	}
	return data, nil
}

func newTokenizerRemove(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "remove FAMILY",
		Aliases: []string{"rm"},
		Short:   "Forget a vocabulary: its models are estimated again",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			family, err := parseFamily(args[0])
			if err != nil {
				return err
			}
			if err := a.shelf().remove(family); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s removed\n", family)
			return err
		},
	}
}

type tokenizerDocument struct {
	Schema    string              `json:"schema"`
	AsOf      string              `json:"as_of"`
	Encodings []string            `json:"encodings"`
	Families  []tokenizerFamilies `json:"families"`
}

type tokenizerFamilies struct {
	Family string  `json:"family"`
	Models string  `json:"models"`
	Exact  bool    `json:"exact"`
	Tokens *int    `json:"tokens"`
	SHA256 *string `json:"sha256"`
	Fault  *string `json:"fault"`
}

func newTokenizerList(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List encodings and added vocabularies",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			d, err := a.listTokenizers()
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), d)
			}
			return d.print(c.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) listTokenizers() (*tokenizerDocument, error) {
	now, err := a.env.clock(time.Time{})
	if err != nil {
		return nil, err
	}
	d := &tokenizerDocument{Schema: "tokpit.tokenizer.list/1", AsOf: stamp(now()), Encodings: tokenizer.Names(), Families: []tokenizerFamilies{}}
	shelf := a.shelf()
	models := map[tokenizer.Family]string{tokenizer.Llama3: "Llama 3 to 3.3", tokenizer.Qwen: "Qwen 2 to 3", tokenizer.Tekken: "Mistral since Nemo", tokenizer.DeepSeek: "DeepSeek V3 and R1"}
	for _, f := range tokenizer.Addable() {
		row := tokenizerFamilies{Family: string(f), Models: models[f]}
		switch _, info, err := shelf.open(f); {
		case err == nil && info != nil:
			row.Exact, row.Tokens, row.SHA256 = true, &info.Tokens, &info.SHA256
		case err != nil:
			text := clean.Text(err.Error())
			row.Fault = &text
		}
		d.Families = append(d.Families, row)
	}
	return d, nil
}

func (d *tokenizerDocument) print(w io.Writer) error {
	t := newPriceTable(w, "NAME", "MODELS", "COUNTED", "SHA256 OF ITS FILE")
	for _, name := range d.Encodings {
		t.row(name, "OpenAI", "exactly", "built in")
	}
	for _, f := range d.Families {
		switch {
		case f.Fault != nil:
			t.row(f.Family, f.Models, "not usable", *f.Fault)
		case f.Exact:
			t.row(f.Family, f.Models, "exactly", *f.SHA256)
		default:
			t.row(f.Family, f.Models, "as a range", "none: tokpit tokenizer add "+f.Family+" FILE")
		}
	}
	return t.w.Flush()
}
