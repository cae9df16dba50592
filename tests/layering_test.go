// Package tests holds what is checked about the repository as a whole. The stories, benchmarks and SDK suites are in the folders
// beside it.
package tests

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"
)

const module = "github.com/taproot-db/taproot/"

// goPackage is what the go command says about a package. Tests and their imports are left out: they may do as they like.
type goPackage struct {
	ImportPath, Dir string
	GoFiles         []string
	Imports, Deps   []string
}

// rule is a sentence of docs/architecture: packages of from, except those of but, must not import what deny names. Patterns are paths
// within the module, or whole import paths; one that ends in /... covers what is below, too.
type rule struct {
	why             string
	from, but, deny []string
	// indirectly holds the rule for what is imported through other packages of this module as well.
	indirectly bool
}

var rules = []rule{
	{
		why:        "kvstore and its backends know keys and bytes, and nothing of taproot",
		from:       []string{"kvstore/..."},
		deny:       []string{"metastore/...", "rootcoord/...", "proxy/...", "proto/...", "tasks/...", "cmd/..."},
		indirectly: true,
	},
	{
		why:  "the contract imports none of its implementations",
		from: []string{"kvstore"},
		deny: []string{"kvstore/..."},
	},
	{
		why:        "planners and snapshots do not wait, store, or know a transport or a stored form",
		from:       pure,
		deny:       []string{"kvstore/...", "proto/...", "tasks/...", "proxy/..."},
		indirectly: true,
	},
	{
		why:  "planners and snapshots do no I/O and leave nothing to chance",
		from: pure,
		deny: []string{
			"context", "io", "io/...", "os", "os/...", "net", "net/...", "math/rand/...", "crypto/rand",
			"google.golang.org/grpc/...", "google.golang.org/protobuf/...", "github.com/milvus-io/milvus-proto/...",
		},
	},
	{
		why:        "history is told the journal, and never looks at the records of the present",
		from:       []string{"metastore/history"},
		deny:       []string{"kvstore/...", "metastore/journal"},
		indirectly: true,
	},
	{
		why:        "the model is below the catalog",
		from:       []string{"metastore/model", "metastore/errs"},
		deny:       []string{"metastore/catalog", "metastore/codec", "metastore/journal", "rootcoord/..."},
		indirectly: true,
	},
	{
		why:        "the metastore is below the servers",
		from:       []string{"metastore/..."},
		deny:       []string{"rootcoord/...", "proxy/...", "tasks/...", "cmd/..."},
		indirectly: true,
	},
	{
		why:        "coordinator and proxy meet in proto",
		from:       []string{"rootcoord/..."},
		deny:       []string{"proxy/...", "cmd/..."},
		indirectly: true,
	},
	{
		why:        "a proxy never touches storage, and meets the coordinator in proto",
		from:       []string{"proxy/..."},
		deny:       []string{"kvstore/...", "metastore/journal", "metastore/codec", "rootcoord/...", "cmd/..."},
		indirectly: true,
	},
	{
		why:  "only journal, fsck, backup and lead touch a store; the committer knows its kinds of errors, the wiring its type",
		from: []string{"metastore/...", "rootcoord/..."},
		but:  []string{"metastore/journal", "metastore/fsck", "metastore/backup", "rootcoord/lead", "rootcoord/committer", "rootcoord"},
		deny: []string{"kvstore/..."},
	},
	{
		why:  "backends come from outside",
		from: []string{"metastore/...", "rootcoord/...", "proxy/...", "tasks"},
		deny: []string{
			"kvstore/memory", "kvstore/etcd", "kvstore/embedetcd", "kvstore/open", "kvstore/kvfault", "kvstore/kvstoretest",
		},
		indirectly: true,
	},
	{
		why:        "tasks know no DDL",
		from:       []string{"tasks/..."},
		deny:       []string{"..."},
		indirectly: true,
	},
	{
		why:        "generated code is below everything",
		from:       []string{"proto/..."},
		deny:       []string{"cmd/...", "kvstore/...", "metastore/...", "proxy/...", "rootcoord/...", "tasks/..."},
		indirectly: true,
	},
	{
		why:  "one package for errors, one for randomness, one major version of Milvus's API",
		from: []string{"..."},
		but:  []string{"proto/..."},
		deny: []string{"errors", "github.com/pkg/errors", "math/rand", "github.com/gogo/protobuf/...", "github.com/milvus-io/milvus-proto/go-api/v2/..."},
	},
}

var pure = []string{"metastore/model", "metastore/catalog", "rootcoord/ddl"}

func TestLayering(t *testing.T) {
	t.Parallel()
	packages := list(t)
	for _, r := range rules {
		for path, p := range packages {
			if !covered(r.from, path) || covered(r.but, path) {
				continue
			}
			imports := p.Imports
			if r.indirectly {
				imports = p.Deps
			}
			for _, imp := range imports {
				if imp != p.ImportPath && covered(r.deny, inModule(imp)) {
					t.Errorf("%s imports %s%s: %s", path, inModule(imp), through(packages, p, imp), r.why)
				}
			}
		}
	}
}

// The rules of the linter have no word for a function: the model may know time zones, and must not know what time it is.
func TestLayeringPureCoreHasNoClock(t *testing.T) {
	t.Parallel()
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	packages := list(t)
	for _, path := range pure {
		for _, used := range selected(t, packages[path], "time") {
			if slices.Contains(clock, used) {
				t.Errorf("%s uses time.%s: time comes in as a value", path, used)
			}
		}
	}
}

// The committer tells the outcomes of a commit apart, and never holds a store.
func TestLayeringCommitterKnowsOnlyErrorsOfTheStore(t *testing.T) {
	t.Parallel()
	for _, used := range selected(t, list(t)["rootcoord/committer"], module+"kvstore") {
		if !strings.HasPrefix(used, "Err") {
			t.Errorf("rootcoord/committer uses kvstore.%s: it writes through the journal", used)
		}
	}
}

// list returns the packages of the module by their paths within it.
func list(t *testing.T) map[string]goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,GoFiles,Imports,Deps", module+"...")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	packages := map[string]goPackage{}
	for dec := json.NewDecoder(out); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			require.NoError(t, errors.CombineErrors(err, cmd.Wait()), stderr.String())
		}
		packages[inModule(p.ImportPath)] = p
	}
	require.NoError(t, cmd.Wait(), stderr.String())
	for _, must := range []string{"kvstore", "metastore/catalog", "rootcoord/ddl", "proxy", "tasks"} {
		require.Contains(t, slices.Sorted(maps.Keys(packages)), must, "a rule about a package that is gone holds nothing")
	}
	return packages
}

// inModule returns the path within the module, or the whole path of a package elsewhere.
func inModule(path string) string {
	if rest, ok := strings.CutPrefix(path, module); ok {
		return rest
	}
	return path
}

// covered reports whether one of the patterns names the path. Packages elsewhere have a dot in their first element, or come with Go;
// the pattern "..." means this module only.
func covered(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if p == "..." {
			first, _, _ := strings.Cut(path, "/")
			return slices.Contains([]string{"cmd", "kvstore", "metastore", "proto", "proxy", "rootcoord", "tasks", "tests"}, first)
		}
		prefix, below := strings.CutSuffix(p, "/...")
		return path == prefix || below && strings.HasPrefix(path, prefix+"/")
	})
}

// through names the packages on the way from p to what it imports, so that a failure can be followed.
func through(packages map[string]goPackage, p goPackage, imp string) string {
	if slices.Contains(p.Imports, imp) {
		return ""
	}
	for _, next := range p.Imports {
		via, ours := packages[inModule(next)]
		if ours && slices.Contains(via.Deps, imp) {
			return through(packages, via, imp) + " through " + inModule(next)
		}
	}
	return ""
}

// selected returns the names that a package takes from another one, which it imports under its own name.
func selected(t *testing.T, p goPackage, imported string) []string {
	t.Helper()
	var names []string
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		if !slices.ContainsFunc(file.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == `"`+imported+`"` }) {
			continue
		}
		short := imported[strings.LastIndexByte(imported, '/')+1:]
		for n := range ast.Preorder(file) {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == short {
					names = append(names, sel.Sel.Name)
				}
			}
		}
	}
	return names
}
