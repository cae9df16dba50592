package model

import (
	"slices"
	"strconv"

	"github.com/taproot-db/taproot/metastore/errs"
)

// Keys of AlterCollection that are no properties: they say how the collection itself is to change.
const (
	DescriptionProperty  = "collection.description"
	DynamicFieldProperty = "dynamicfield.enabled"
	ConsistencyProperty  = consistencyKey
)

// FieldDescriptionProperty is the key of AlterCollectionField that is no parameter of the field, but its description.
const FieldDescriptionProperty = "field.description"

const (
	allowInsertAutoIDKey = "allow_insert_auto_id"
	replicateIDKey       = "replicate.id"
)

// Alteration is what AlterCollection asks for: properties to set, or keys to delete.
type Alteration struct {
	Set    []Property
	Delete []string
}

// ValidateForm refuses an alteration that both sets and deletes, which is looked at before the collection is.
func (a Alteration) ValidateForm() error {
	if len(a.Set) > 0 && len(a.Delete) > 0 {
		return errs.Invalid("cannot provide both DeleteKeys and ExtraParams")
	}
	return nil
}

// Validate returns the first refusal of package errs that the alteration of a collection earns, in Milvus 2.6.19's order (ddl-semantics
// §4.6), or nil.
func (a Alteration) Validate(s *Schema, l Limits) error {
	for _, check := range [...]func(*Collection, []*Field, *Limits) error{
		a.checkDescription, a.checkValues, a.checkKeys, a.checkDynamicField,
	} {
		if err := check(s.Collection, s.Fields, &l); err != nil {
			return err
		}
	}
	return nil
}

func (a Alteration) checkDescription(c *Collection, _ []*Field, l *Limits) error {
	text, given := lastProperty(a.Set, DescriptionProperty)
	if given && text != c.Description && len(text) > l.MaxDescriptionLength {
		return errs.Invalid("the length of a collection description must not exceed %d bytes", l.MaxDescriptionLength)
	}
	return nil
}

// checkValues is what Milvus's proxy checks.
func (a Alteration) checkValues(c *Collection, fields []*Field, l *Limits) error {
	if text, given := lastProperty(a.Set, allowInsertAutoIDKey); given {
		on, err := strconv.ParseBool(text)
		switch {
		case err != nil:
			return errs.Invalid("the value for %s must be a boolean", allowInsertAutoIDKey)
		case on && !slices.ContainsFunc(fields, func(f *Field) bool { return f.PrimaryKey && f.AutoID }):
			return errs.Invalid("the value for %s must be false when autoID is false", allowInsertAutoIDKey)
		}
	}
	for _, p := range a.Set {
		if err := checkAlterable(p); err != nil {
			return err
		}
	}
	return checkIsolation(&CollectionSpec{SchemaName: c.Name, Properties: a.Set, Fields: fields}, l)
}

// checkAlterable refuses what no collection may have, and what is not for clients to say.
func checkAlterable(p Property) error {
	switch p.Key {
	case replicateIDKey:
		return errs.Invalid("can't set the %s property", replicateIDKey)
	case ttlFieldKey:
		return errs.NotImplemented("property %s is not supported", p.Key)
	case namespaceKey:
		if on, err := strconv.ParseBool(p.Value); on || err != nil {
			return errs.NotImplemented("property %s is not supported", p.Key)
		}
	}
	return checkProperty(p)
}

// checkKeys is what Milvus's coordinator checks, but for the field that is not for clients to delete, which is our own.
func (a Alteration) checkKeys(*Collection, []*Field, *Limits) error {
	if len(a.Set) == 0 && len(a.Delete) == 0 {
		return errs.Invalid("no properties or delete keys provided")
	}
	keys := slices.Clone(a.Delete)
	for _, p := range a.Set {
		keys = append(keys, p.Key)
	}
	for _, key := range keys {
		if slices.Contains(cipherKeys, key) {
			return errs.Invalid("can not alter cipher related properties")
		}
	}
	for _, key := range a.Delete {
		switch key {
		case DynamicFieldProperty:
			// Milvus's sentence promises what it then refuses.
			return errs.Invalid("cannot delete key %s, dynamic field schema could support set to true/false"+
				" (to false only as long as it has never been true)", key)
		case MaxFieldIDProperty:
			return errs.Invalid("property %s is kept by the server and cannot be deleted", key)
		}
	}
	return nil
}

func (a Alteration) checkDynamicField(c *Collection, _ []*Field, _ *Limits) error {
	text, given := lastProperty(a.Set, DynamicFieldProperty)
	if !given {
		return nil
	}
	if len(a.Set) > 1 {
		return errs.Invalid("cannot alter dynamic schema with other properties at the same time")
	}
	on, err := strconv.ParseBool(text)
	switch {
	case err != nil:
		return errs.Invalid("invalid dynamic schema property value: %s", text)
	case !on && c.DynamicField:
		return errs.Invalid("dynamic schema cannot supported to be disabled")
	}
	return nil
}

// Apply returns a collection as a valid alteration leaves it; DynamicField says whether it is to have a dynamic field. What is
// alike shares its slices. A consistency level that is none is ignored, as in Milvus.
func (a Alteration) Apply(c *Collection) *Collection {
	n := *c
	var set []Property
	for _, p := range a.Set {
		switch p.Key {
		case DescriptionProperty:
			n.Description = p.Value
		case ConsistencyProperty:
			if level, ok := ParseConsistencyLevel(p.Value); ok {
				n.Consistency = level
			}
		case DynamicFieldProperty:
			n.DynamicField, _ = strconv.ParseBool(p.Value)
		default:
			set = append(set, p)
		}
	}
	n.Properties = Merge(c.Properties, set, a.Delete)
	return &n
}

// Merge returns properties less those to delete, with those to set in the place where their keys stand, or else at the end. Of several
// with one key the last counts. The same slice, if nothing changes; never a changed one.
func Merge(ps, set []Property, del []string) []Property {
	want := make(map[string]string, len(set))
	for _, p := range set {
		want[p.Key] = p.Value
	}
	gone := make(map[string]bool, len(del))
	for _, key := range del {
		gone[key] = true
	}
	out := make([]Property, 0, len(ps)+len(set))
	placed := make(map[string]bool, len(want))
	put := func(p Property) {
		value, given := want[p.Key]
		switch {
		case !given:
			out = append(out, p)
		case !placed[p.Key]:
			placed[p.Key] = true
			out = append(out, Property{Key: p.Key, Value: value})
		}
	}
	for _, p := range ps {
		if !gone[p.Key] {
			put(p)
		}
	}
	for _, p := range set {
		put(p)
	}
	if slices.Equal(out, ps) {
		return ps
	}
	return out
}

// lastProperty returns the value that counts where a client names a key several times.
func lastProperty(ps []Property, key string) (string, bool) {
	for _, p := range slices.Backward(ps) {
		if p.Key == key {
			return p.Value, true
		}
	}
	return "", false
}

// mmapKeys are the spellings of one parameter.
var mmapKeys = []string{"mmap.enabled", "mmap_enabled"}

var warmupKeys = []string{warmupKey, "warmup.scalarField", "warmup.scalarIndex", "warmup.vectorField", "warmup.vectorIndex"}

// validateFieldKeys refuses keys that AlterCollectionField knows nothing of, whatever the field is.
func (a Alteration) validateFieldKeys() error {
	for _, p := range a.Set {
		switch {
		case p.Key == maxLengthKey, p.Key == maxCapacityKey, p.Key == FieldDescriptionProperty,
			slices.Contains(mmapKeys, p.Key), slices.Contains(warmupKeys, p.Key):
		default:
			return errs.Invalid("%s does not allow update in collection field param", p.Key)
		}
	}
	for _, key := range a.Delete {
		if !slices.Contains(mmapKeys, key) && !slices.Contains(warmupKeys, key) {
			return errs.Invalid("%s is not allowed to drop in collection field param", key)
		}
	}
	return nil
}

// ValidateField returns the first refusal of package errs that the alteration of a field earns (ddl-semantics §4.7), or nil. The
// field is nil where there is none of that name, which Milvus notices last.
func (a Alteration) ValidateField(name string, f *Field, l Limits) error {
	if err := a.validateFieldKeys(); err != nil {
		return err
	}
	known := f
	if known == nil {
		known = &Field{}
	}
	for _, p := range a.Set {
		if err := known.checkParam(p, &l); err != nil {
			return err
		}
	}
	if f == nil {
		return errs.Invalid("field %s does not exist in collection", name)
	}
	return nil
}

// checkParam: a length may shrink, and may be no length at all; Milvus 2.6 takes both.
func (f *Field) checkParam(p Property, l *Limits) error {
	switch p.Key {
	case maxLengthKey:
		if f.Type != VarChar && (f.Type != Array || f.ElementType != VarChar) {
			return errs.Invalid("%s can not modify the maxlength for non-string types", "") // Milvus leaves the name out
		}
		n, err := strconv.ParseInt(p.Value, 10, 64)
		switch {
		case err != nil:
			return errs.Invalid("%s should be an integer, but got %q", p.Key, p.Value)
		case n > int64(l.MaxVarCharLength):
			return errs.Invalid("%d exceeds the maximum allowed value %d", n, l.MaxVarCharLength)
		}
	case maxCapacityKey:
		if f.Type != Array && f.Type != ArrayOfVector {
			return errs.Invalid("%s can not modify the maxcapacity for non-array types", "")
		}
		n, err := strconv.ParseInt(p.Value, 10, 64)
		switch {
		case err != nil:
			return errs.Invalid("the value for %s of field %s must be an integer", maxCapacityKey, f.Name)
		case n <= 0 || n > int64(l.MaxArrayCapacity):
			return errs.Invalid("the maximum capacity specified for a Array should be in (0, %d]", l.MaxArrayCapacity)
		}
	default:
		if slices.Contains(warmupKeys, p.Key) {
			return checkWarmup(p.Value)
		}
	}
	return nil
}

// ApplyField returns a field as a valid alteration leaves it. What is alike shares its slices.
func (a Alteration) ApplyField(f *Field) *Field {
	n := *f
	set := a.Set
	if text, given := lastProperty(a.Set, FieldDescriptionProperty); given {
		n.Description = text
		set = without(a.Set, FieldDescriptionProperty)
	}
	n.TypeParams = Merge(f.TypeParams, set, a.Delete)
	return &n
}
