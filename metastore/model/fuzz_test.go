package model_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// reader makes values of fuzzed bytes; zero values when they run out.
type reader struct{ rest []byte }

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) bool() bool { return r.byte()&1 == 1 }

// text is one of the words that rules look at, or raw bytes.
func (r *reader) text() string {
	words := [...]string{
		"", "c", "pk", "vec", "dim", "max_length", "max_capacity", "field.skipLoad", "warmup", "timezone", "consistency_level", "8", "-1", "true",
		"9223372036854775808", "collection.ttl.seconds", "query_mode", "partitionkey.isolation", "max_field_id", "RowID", "like", "UTC", "Europe/Rome",
		"enable_analyzer", "enable_match", "analyzer_params", "multi_analyzer_params", `{"tokenizer":"jieba"}`, `{"by_field":"c","analyzers":{"default":{}}}`,
		"1970-01-01T00:00:00Z",
	}
	b := int(r.byte())
	if b < len(words) {
		return words[b]
	}
	n := min(b%8, len(r.rest))
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}

func (r *reader) properties() []model.Property {
	var ps []model.Property
	for range r.byte() % 5 {
		ps = append(ps, model.Property{Key: r.text(), Value: r.text()})
	}
	return ps
}

func (r *reader) field() *model.Field {
	if r.byte()%16 == 15 {
		return nil
	}
	f := &model.Field{
		Name: r.text(), Type: model.DataType(int8(r.byte())), ElementType: model.DataType(int8(r.byte())),
		PrimaryKey: r.bool(), AutoID: r.bool(), Dynamic: r.bool(), PartitionKey: r.bool(), Nullable: r.bool(), ClusteringKey: r.byte() == 1,
		TypeParams: r.properties(), IndexParams: r.properties(),
	}
	if r.bool() {
		f.Default = &model.Value{Kind: model.ValueKind(r.byte()), Int: int64(int8(r.byte())) << 24, String: r.text()}
	}
	return f
}

func (r *reader) texts() []string {
	var out []string
	for range r.byte() % 4 {
		out = append(out, r.text())
	}
	return out
}

func (r *reader) function() *model.Function {
	if r.byte()%16 == 15 {
		return nil
	}
	return &model.Function{Name: r.text(), Type: model.FunctionType(int8(r.byte())), Inputs: r.texts(), Outputs: r.texts(), Params: r.properties()}
}

func (r *reader) structField() *model.StructField {
	if r.byte()%16 == 15 {
		return nil
	}
	f := &model.StructField{Name: r.text(), Nullable: r.bool(), TypeParams: r.properties()}
	for range r.byte() % 4 {
		f.Fields = append(f.Fields, r.field())
	}
	return f
}

// FuzzSpec feeds Validate what a hostile client might send. It must not panic, whatever comes; a refusal must have a code
// of its own kind; what is accepted must stay so once it is normalized.
func FuzzSpec(f *testing.F) {
	f.Add([]byte{}, int32(0), int64(0), int32(0))
	f.Add([]byte{1, 1, 0, 0, 3, 0, 2, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 101, 0, 0, 0, 0, 0, 0, 0, 1, 4, 11}, int32(2), int64(0), int32(2))
	f.Add([]byte{200, 200, 200, 255, 15, 15, 15, 200, 0x80}, int32(-1), int64(-1), int32(-7))
	f.Fuzz(func(t *testing.T, data []byte, shards int32, partitions int64, level int32) {
		r := &reader{rest: data}
		s := &model.CollectionSpec{
			Name: r.text(), SchemaName: r.text(), Description: r.text(), DynamicField: r.bool(),
			Shards: shards, Partitions: partitions, Consistency: model.ConsistencyLevel(level),
		}
		for range r.byte() % 80 {
			s.Fields = append(s.Fields, r.field())
		}
		s.Properties = r.properties()
		for range r.byte() % 4 {
			s.Functions = append(s.Functions, r.function())
			s.StructFields = append(s.StructFields, r.structField())
		}

		l := model.DefaultLimits()
		for _, f := range s.Fields {
			_ = model.ValidateField(f, "c", l)
		}
		for _, f := range s.StructFields {
			_ = model.ValidateStructField(f, l)
		}
		_ = model.ValidateFunctions(s.Fields, s.Functions, l)
		if err := s.Validate(l); err != nil {
			require.NotZero(t, errs.Of(err).Code)
			require.NotEmpty(t, errs.Of(err).Reason)
			return
		}
		n := s.Normalize(l)
		require.NoError(t, n.Validate(l))
		require.Equal(t, n, n.Normalize(l))
	})
}

func FuzzNames(f *testing.F) {
	f.Add("books")
	f.Add(" \xff")
	f.Fuzz(func(t *testing.T, name string) {
		l := model.DefaultLimits()
		for _, validate := range []func(string, model.Limits) error{
			model.ValidateDatabaseName, model.ValidateCollectionName, model.ValidateAliasName,
		} {
			if validate(name, l) == nil {
				require.Regexp(t, `^[A-Za-z_][A-Za-z0-9_]{0,254}$`, name, "names stand in keys of the store")
			}
		}
		_ = model.ValidatePartitionName(name, l)
		_ = model.ValidateFieldName(name, l)
	})
}
