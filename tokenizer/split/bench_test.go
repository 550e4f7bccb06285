package split

import (
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkEnds cuts only. TOKPIT_CORPUS names the folder that .ci/tokens makes.
func BenchmarkEnds(b *testing.B) {
	for _, kind := range []string{"en", "code", "cjk", "json"} {
		text, err := os.ReadFile(filepath.Join(os.Getenv("TOKPIT_CORPUS"), kind+".txt"))
		if err != nil {
			b.Skip("no corpus")
		}
		b.Run(kind, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			var ends [256]int
			for b.Loop() {
				for i := 0; i < len(text); {
					i = ends[O200K.Ends(ends[:], text, i)-1]
				}
			}
		})
	}
}
