//go:build !unix

package sinktest

import "time"

// processorTime is not known here.
func processorTime() time.Duration { return 0 }
