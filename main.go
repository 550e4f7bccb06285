// Tokpit is a terminal cockpit for what language-model APIs cost and how they
// are used. See package cmd for the command line.
package main

import (
	"os"
	_ "time/tzdata" // days are cut in IANA zones, also where the system has none

	"tokpit/cmd"
)

func main() { os.Exit(cmd.Main(cmd.System())) }
