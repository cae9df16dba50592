package model

import (
	"math"
	"slices"

	"github.com/taproot-db/taproot/metastore/errs"
)

// checkDefaults holds null, default values and parameter lists to ddl-semantics §3.8, one field after the other.
func checkDefaults(s *CollectionSpec, _ *Limits) error {
	for _, f := range s.Fields {
		if err := f.checkNulls(); err != nil {
			return err
		}
	}
	return nil
}

func (f *Field) checkNulls() error {
	if f.PrimaryKey && f.Nullable {
		return errs.Invalid("primary field not support null, type:%s, name:%s", f.Type, f.Name)
	}
	if f.Default != nil {
		if err := f.checkDefault(); err != nil {
			return err
		}
	}
	return f.checkParams()
}

// checkParams refuses keys that stand twice.
func (f *Field) checkParams() error {
	if key, twice := duplicate(f.TypeParams); twice {
		return errs.Invalid("duplicated type param key %q", key)
	}
	if key, twice := duplicate(f.IndexParams); twice {
		return errs.Invalid("duplicated index param key %q", key)
	}
	return nil
}

func (f *Field) checkDefault() error {
	switch {
	case f.PrimaryKey:
		return errs.Invalid("primary field not support default_value, type:%s, name:%s", f.Type, f.Name)
	case f.Type == Array, f.Type == JSON && !f.Dynamic, f.Type.Vector():
		return errs.Invalid("type not support default_value, type:%s, name:%s", f.Type, f.Name)
	}
	v := f.Default
	switch v.Kind {
	case ValueBool:
		return f.fits("Bool", Bool)
	case ValueInt:
		if err := f.fits("Int", Int8, Int16, Int32); err != nil {
			return err
		}
		low, high := intRange(f.Type)
		if v.Int < low || v.Int > high {
			return errs.OutOfRange(low, high, v.Int, "default value out of range")
		}
		return nil
	case ValueLong:
		return f.fits("Int64", Int64)
	case ValueFloat:
		return f.fits("Float", Float)
	case ValueDouble:
		return f.fits("Double", Double)
	case ValueString:
		if f.Type == Timestamptz {
			return f.checkTimestamptz(v.String)
		}
		if err := f.fits("VarChar", VarChar); err != nil {
			return err
		}
		most, _, err := f.number(maxLengthKey)
		if err == nil && int64(len(v.String)) > most {
			return errs.InvalidExpected("valid length string", "string length exceeds max length",
				"the length (%d) of string exceeds max length (%d)", len(v.String), most)
		}
		return err
	case ValueBytes:
		return f.fits("JSON", JSON)
	case ValueTimestamptz:
		if err := f.fits("Timestamptz", Timestamptz); err != nil {
			return err
		}
		if v.Int < minTimestamptz || v.Int > maxTimestamptz {
			return errs.OutOfRange(int64(minTimestamptz), int64(maxTimestamptz), v.Int, "default value out of range")
		}
		return nil
	default:
		return f.fits("None")
	}
}

// fits refuses a default value, whose type Milvus calls kind, for a field of any but these types.
func (f *Field) fits(kind string, types ...DataType) error {
	if slices.Contains(types, f.Type) {
		return nil
	}
	return errs.Invalid("type (%s) of field (%s) is not equal to the type(DataType_%s) of default_value", f.Type, f.Name, kind)
}

func intRange(t DataType) (low, high int64) {
	switch t {
	case Int8:
		return math.MinInt8, math.MaxInt8
	case Int16:
		return math.MinInt16, math.MaxInt16
	default:
		return math.MinInt32, math.MaxInt32
	}
}

// duplicate returns the first key that stands twice. Lists are short as a rule; a long one, which only a hostile client
// sends, must not cost the square of its length.
func duplicate(ps []Property) (string, bool) {
	const few = 16
	if len(ps) <= few {
		for i, p := range ps {
			for _, q := range ps[:i] {
				if p.Key == q.Key {
					return p.Key, true
				}
			}
		}
		return "", false
	}
	seen := make(map[string]struct{}, len(ps))
	for _, p := range ps {
		if _, twice := seen[p.Key]; twice {
			return p.Key, true
		}
		seen[p.Key] = struct{}{}
	}
	return "", false
}
