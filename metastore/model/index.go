package model

import (
	"slices"
	"strings"

	"github.com/taproot-db/taproot/metastore/errs"
)

// IndexSpec is what a client asks CreateIndex for.
type IndexSpec struct {
	// Field is the name of a field, of a struct's field as struct[sub], or of a key of the dynamic field.
	Field string
	// Name may be empty: the server chooses one.
	Name string
	// Params are the parameters as they were sent.
	Params []Property
}

// Keys of index parameters that the catalog understands.
const (
	indexTypeKey    = "index_type"
	metricKey       = "metric_type"
	buildParamsKey  = "params"
	mmapKey         = "mmap.enabled"
	offsetCacheKey  = "indexoffsetcache.enabled"
	castTypeKey     = "json_cast_type"
	castFunctionKey = "json_cast_function"
	jsonPathKey     = "json_path"
	cardinalityKey  = "bitmap_cardinality_limit"
)

// configurableIndexKeys can be changed after an index was made, and make no other index of it.
var configurableIndexKeys = []string{mmapKey, offsetCacheKey, warmupKey}

// ValidateIndexName refuses what cannot name an index, with code 1100. White space around the name is overlooked, as Milvus does; it stays
// part of the name. A name of nothing else is no name, and the server chooses one.
func ValidateIndexName(name string, l Limits) error {
	bare := strings.TrimSpace(name)
	switch {
	case bare == "":
		return nil
	case len(bare) > l.MaxNameLength:
		return errs.Invalid("Invalid index name: %s. The length of a index name must be less than %d characters.", bare, l.MaxNameLength)
	case !letter(bare[0]):
		return errs.Invalid("Invalid index name: %s. The first character of a index name must be an underscore or letter.", bare)
	case !only(bare, func(c byte) bool { return letterOrDigit(c) || c == '[' || c == ']' }):
		return errs.Invalid("Invalid index name: %s. Index name can only contain numbers, letters, and underscores.", bare)
	}
	return nil
}

// IndexField returns the field that an index of that name is of, and whether there is one: a declared field, a struct's field under its
// full name, or the dynamic field for a name that is none in the schema. RowID and Timestamp are not for users to know.
func (s *Schema) IndexField(name string) (*Field, bool) {
	var dynamic *Field
	for _, f := range s.Fields {
		switch {
		case f.ID < FirstFieldID:
		case f.Name == name:
			return f, true
		case f.Dynamic:
			dynamic = f
		}
	}
	for _, st := range s.StructFields {
		for _, f := range st.Fields {
			if f.Name == name {
				return f, true
			}
		}
		if name == st.Name || strings.HasPrefix(name, st.Name+"[") {
			return nil, false // only fields of a struct can be indexed, and only those that it has
		}
	}
	return dynamic, dynamic != nil
}

// FieldByID returns the field with that id, a struct's fields included; nil where there is none.
func (s *Schema) FieldByID(id ID) *Field {
	for _, f := range s.Fields {
		if f.ID == id {
			return f
		}
	}
	for _, st := range s.StructFields {
		for _, f := range st.Fields {
			if f.ID == id {
				return f
			}
		}
	}
	return nil
}

// ProposedIndex is an index that was asked for, and is valid by itself.
type ProposedIndex struct {
	// Index has what can be told without the catalog: no id, collection and time, and no name where none was given.
	Index *Index
	field *Field
	// metricLeft: the client left type and metric to the server.
	metricLeft bool
}

// NewIndex returns the index that is asked for, or the first refusal of package errs that it earns, in Milvus's order
// (index-load-semantics §2.1). Any values may be given, however malformed.
func (s *Schema) NewIndex(q IndexSpec, l Limits) (*ProposedIndex, error) {
	if err := ValidateIndexName(q.Name, l); err != nil {
		return nil, err
	}
	f, found := s.IndexField(q.Field)
	if !found {
		return nil, errs.Invalid("cannot create index on non-exist field: %s", q.Field)
	}
	params, err := expandIndexParams(q.Params)
	if err != nil {
		return nil, err
	}
	p := &indexPlan{schema: s, field: f, asked: q.Field, params: params, user: slices.Clone(q.Params)}
	if err := p.resolve(); err != nil {
		return nil, err
	}
	i := &Index{
		Field: f.ID, Name: indexName(q.Name), TypeParams: IndexTypeParams(f), IndexParams: p.params.stored(), UserParams: p.user, Auto: p.auto,
	}
	return &ProposedIndex{Index: i, field: f, metricLeft: p.metricLeft}, nil
}

func indexName(name string) string {
	if strings.TrimSpace(name) == "" {
		return ""
	}
	return name
}

// IndexTypeParams returns the copy of a field's type parameters that an index of it keeps.
func IndexTypeParams(f *Field) []Property {
	concernsStorage := func(p Property) bool {
		return slices.Contains(mmapKeys, p.Key) || slices.Contains(warmupKeys, p.Key)
	}
	if !slices.ContainsFunc(f.TypeParams, concernsStorage) {
		return f.TypeParams
	}
	return slices.DeleteFunc(slices.Clone(f.TypeParams), concernsStorage)
}

// Place finds the place of the index among those that the collection has, and gives it a name if it has none. It returns the one that
// is the same, and nothing is to be done; or nil and a refusal, or nil twice (index-load-semantics §2.5).
func (q *ProposedIndex) Place(others []*Index) (*Index, error) {
	i := q.Index
	if i.Name == "" {
		i.Name = q.defaultName(others)
	}
	for _, o := range others {
		switch {
		case i.Name == o.Name && q.same(o):
			return o, nil
		case i.Name == o.Name:
			return nil, errs.Invalid("at most one distinct index is allowed per field")
		case i.Field == o.Field && i.path() == o.path():
			return nil, errs.Invalid("CreateIndex failed: creating multiple indexes on same field is not supported")
		}
	}
	return nil, nil //nolint:nilnil // neither the same one nor in the way of another
}

// defaultName is the field's name and, of a JSON field, the path. Where the same is indexed already under another name it is that
// name, so that to repeat a statement is no error.
func (q *ProposedIndex) defaultName(others []*Index) string {
	i := q.Index
	for _, o := range others {
		if i.Field == o.Field && i.path() == o.path() {
			return o.Name
		}
	}
	return q.field.Name + i.path()
}

// same reports whether it is one that is there. What can be changed afterwards counts only where it was asked for, so that repeating
// a statement is a no-op as long as nobody has changed it.
func (q *ProposedIndex) same(o *Index) bool {
	i, user := q.Index, q.Index.UserParams
	if i.Field != o.Field || i.path() != o.path() || !sameSet(i.TypeParams, withoutStorage(o.TypeParams)) {
		return false
	}
	have := o.Described()
	if metric, ok := FindProperty(have, metricKey); ok && q.metricLeft {
		user = []Property{{indexTypeKey, autoIndex}, {metricKey, metric}} // what the default is today does not matter
	}
	for _, p := range user {
		if slices.Contains(configurableIndexKeys, p.Key) && !slices.Contains(have, p) {
			return false
		}
	}
	return sameSet(lasting(user), lasting(have))
}

// path is what is indexed of a JSON field; empty for all others, which have one index.
func (i *Index) path() string {
	path, _ := FindProperty(i.IndexParams, jsonPathKey)
	return path
}

// Described returns the parameters that DescribeIndex shows: what the client sent. Of an index without any whose metric is known it is
// what stands for a choice of the server's.
func (i *Index) Described() []Property {
	if len(i.UserParams) > 0 {
		return i.UserParams
	}
	if metric, ok := FindProperty(i.IndexParams, metricKey); ok {
		return []Property{{indexTypeKey, autoIndex}, {metricKey, metric}}
	}
	return nil
}

// withoutStorage leaves out what other versions may have stored with the type parameters.
func withoutStorage(ps []Property) []Property {
	return slices.DeleteFunc(slices.Clone(ps), func(p Property) bool {
		return slices.Contains(mmapKeys, p.Key) || slices.Contains(warmupKeys, p.Key)
	})
}

func lasting(ps []Property) []Property {
	return slices.DeleteFunc(slices.Clone(ps), func(p Property) bool { return slices.Contains(configurableIndexKeys, p.Key) })
}

// sameSet compares without regard to order. No key is there twice.
func sameSet(a, b []Property) bool {
	if len(a) != len(b) {
		return false
	}
	set := make(map[Property]struct{}, len(a))
	for _, p := range a {
		set[p] = struct{}{}
	}
	for _, p := range b {
		if _, ok := set[p]; !ok {
			return false
		}
	}
	return true
}

// OfVectors reports whether it is an index of a vector field. A field that is gone is none.
func (i *Index) OfVectors(s *Schema) bool {
	f := s.FieldByID(i.Field)
	return f != nil && f.Type.Vector()
}

// ShownField returns the name under which clients see the field that is indexed: of the dynamic field it is the key.
func (i *Index) ShownField(f *Field) string {
	if !f.Dynamic {
		return f.Name
	}
	if key := firstOfPointer(i.path()); key != "" {
		return key
	}
	return f.Name
}
