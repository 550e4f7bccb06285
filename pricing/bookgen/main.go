// Bookgen compiles the price tables in pricing/table into pricing/book.bin,
// which package pricing embeds. It refuses tables that do not pass
// [pricing.Table.Check]. Run it with "go generate ./pricing".
package main

import (
	"flag"
	"fmt"
	"os"

	"tokpit/pricing"
)

func main() {
	table := flag.String("table", "table", "directory with the tables")
	out := flag.String("o", "book.bin", "file to write")
	flag.Parse()
	if err := run(*table, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bookgen:", err)
		os.Exit(1)
	}
}

func run(dir, out string) error {
	t, err := pricing.ReadTable(os.DirFS(dir))
	if err != nil {
		return err
	}
	if err := t.Check(); err != nil {
		return fmt.Errorf("the table in %s is not sound:\n%w", dir, err)
	}
	data, err := t.Encode()
	if err != nil {
		return err
	}
	if err := os.WriteFile(out, data, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "bookgen: %s: %d prices, %d names, %d bytes\n", out, len(t.Rows), len(t.Names), len(data))
	return nil
}
