package main

import (
	"cmp"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version and commit are set by the linker: -X main.version=v1.2.3. Without it, what the go command noted counts.
var version, commit string

// build is what is known about this binary.
type build struct {
	Version string `json:"version" yaml:"version"`
	Commit  string `json:"commit,omitempty" yaml:"commit,omitempty"`
	Time    string `json:"time,omitempty" yaml:"time,omitempty"`
	Go      string `json:"go" yaml:"go"`
}

func thisBuild() build {
	b := build{Version: version, Commit: commit}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version, b.Go = cmp.Or(b.Version, info.Main.Version), info.GoVersion
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = cmp.Or(b.Commit, s.Value)
		case "vcs.time":
			b.Time = s.Value
		}
	}
	return b
}

func newVersion() *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use: "version", Short: "Print the version of this binary", Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := thisBuild()
			return out.write(cmd, b, func(t *table) {
				t.row("taproot", b.Version)
				t.optional("commit", b.Commit)
				t.optional("time", b.Time)
				t.row("go", b.Go)
			})
		},
	}
	out.flag(cmd)
	return cmd
}
