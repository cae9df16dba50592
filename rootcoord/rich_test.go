package rootcoord_test

import (
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// richSpec has what a schema may hold beside plain fields.
func richSpec(name string) *taprootv1.CollectionSpec {
	p := func(ss ...string) []*taprootv1.Property {
		var out []*taprootv1.Property
		for i := 0; i < len(ss); i += 2 {
			out = append(out, &taprootv1.Property{Key: ss[i], Value: ss[i+1]})
		}
		return out
	}
	s := spec(name,
		&taprootv1.Field{Name: "text", DataType: int32(model.VarChar), TypeParams: p("max_length", "64", "enable_analyzer", "true", "analyzer_params", `{"type":"english"}`)},
		&taprootv1.Field{Name: "sparse", DataType: int32(model.SparseFloatVector)},
		&taprootv1.Field{Name: "at", DataType: int32(model.Timestamptz), DefaultValue: &taprootv1.Value{Value: &taprootv1.Value_StringValue{StringValue: "2026-01-01T00:00:00Z"}}},
		&taprootv1.Field{Name: "shape", DataType: int32(model.Geometry), Nullable: true},
		&taprootv1.Field{Name: "rank", DataType: int32(model.Int64), ClusteringKey: true},
	)
	s.EnableDynamicField = true
	s.Functions = []*taprootv1.Function{{Name: "f", Description: "d", Type: int32(model.FunctionBM25), InputFields: []string{"text"}, OutputFields: []string{"sparse"}}}
	s.StructFields = []*taprootv1.StructField{{Name: "s", Description: "d", TypeParams: p("mmap.enabled", "true"), Fields: []*taprootv1.Field{
		{Name: "a", DataType: int32(model.Array), ElementType: int32(model.Int8), TypeParams: p("max_capacity", "4")},
		{Name: "v", DataType: int32(model.ArrayOfVector), ElementType: int32(model.FloatVector), TypeParams: p("max_capacity", "4", "dim", "2")},
	}}}
	return s
}

// pains.md 3, 12, 26: a collection with functions and struct fields is the same after a restart, equal to its request, and
// leaves nothing behind when it goes.
func TestRichCollectionOverARestart(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	made := n.must(createSpec(richSpec("books")))
	require.False(t, n.must(createSpec(richSpec("books"))).GetChanged())
	type whole struct {
		Fields    []*model.Field
		Structs   []*model.StructField
		Functions []*model.Function
	}
	read := func(s *catalog.Snapshot) whole {
		c, ok := s.Resolve(model.DefaultDatabaseID, "books")
		require.True(t, ok)
		var w whole
		for f := range c.Fields() {
			w.Fields = append(w.Fields, f)
		}
		for f := range c.StructFields() {
			w.Structs = append(w.Structs, f)
		}
		for f := range c.Functions() {
			w.Functions = append(w.Functions, f)
		}
		return w
	}
	before, sum := read(n.Snapshot()), n.Snapshot().Fingerprint()
	require.Len(t, before.Structs, 1)
	require.Equal(t, []model.ID{108, 109, 110}, []model.ID{before.Structs[0].ID, before.Structs[0].Fields[0].ID, before.Structs[0].Fields[1].ID})
	require.Len(t, before.Functions, 1)
	require.Equal(t, []model.ID{103}, before.Functions[0].OutputIDs)
	require.True(t, errors.Is(n.stop(), errStop))

	n = start(t, memory.Open(data))
	require.Empty(t, cmp.Diff(before, read(n.Snapshot())))
	require.Equal(t, sum, n.Snapshot().Fingerprint())
	again := n.must(createSpec(richSpec("books")))
	require.False(t, again.GetChanged())
	require.Equal(t, made.GetCollectionId(), again.GetCollectionId())
	other := richSpec("books")
	other.StructFields[0].Description = "e"
	_, err := n.execute(createSpec(other))
	require.Equal(t, int32(1100), refusal(t, err).GetCode())

	n.must(drop("books"))
	n.await("purge", func() bool { return len(catalogKeys(t, memory.Open(data))) == 0 })
	require.Error(t, n.stop())
	check(t, memory.Open(data))
}

// What arrives here did not need to pass a proxy.
func TestHostileStatements(t *testing.T) {
	t.Parallel()
	n := start(t, memory.New())
	for name, change := range map[string]func(*taprootv1.CollectionSpec){
		"no function":     func(s *taprootv1.CollectionSpec) { s.Functions[0] = nil },
		"no struct":       func(s *taprootv1.CollectionSpec) { s.StructFields[0] = nil },
		"no sub-field":    func(s *taprootv1.CollectionSpec) { s.StructFields[0].Fields[0] = nil },
		"no field":        func(s *taprootv1.CollectionSpec) { s.Fields[0] = nil },
		"unknown output":  func(s *taprootv1.CollectionSpec) { s.Functions[0].OutputFields[0] = "x" },
		"system's output": func(s *taprootv1.CollectionSpec) { s.Functions[0].OutputFields[0] = "$meta" },
		"struct's input":  func(s *taprootv1.CollectionSpec) { s.Functions[0].InputFields[0] = "s[a]" },
		"function of old": func(s *taprootv1.CollectionSpec) { s.Functions[0].Type = 1 << 30 },
	} {
		s := richSpec("books")
		change(s)
		_, err := n.execute(createSpec(s))
		require.Contains(t, []int32{1100, 1101}, refusal(t, err).GetCode(), name)
	}
	require.Error(t, n.stop())
}
