package cmd

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// importPaths puts the files of folders in the place of the folders, sorted by name.
// Logs that a service delivers stand in a tree of many small files.
func importPaths(args []string) ([]string, error) {
	var out []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		if arg == "-" || err != nil || !info.IsDir() {
			out = append(out, arg) // what cannot be read is said when it is read
			continue
		}
		files, err := importTree(arg)
		if err != nil {
			return nil, err
		}
		out = append(out, files...)
	}
	return out, nil
}

// importTree lists the files of a folder that may hold rows. What begins with a dot
// is left out, and so are the prompts and answers that Bedrock keeps in folders
// named "data" beside its logs.
func importTree(root string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		switch {
		case path == root:
			return nil
		case d.IsDir() && (strings.HasPrefix(name, ".") || name == "data" && strings.Contains(path, "BedrockModelInvocationLogs")):
			return filepath.SkipDir
		case d.Type().IsRegular() && !strings.HasPrefix(name, ".") && importable(name):
			out = append(out, path)
		}
		return nil
	})
	slices.Sort(out)
	return out, err
}

// importable reports whether a file's name is that of rows.
func importable(name string) bool {
	switch filepath.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz")) {
	case ".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".log", ".txt":
		return true
	}
	return false
}
