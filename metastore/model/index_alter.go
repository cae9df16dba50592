package model

import (
	"slices"
	"strconv"
	"strings"

	"github.com/taproot-db/taproot/metastore/errs"
)

// ValidateIndexForm refuses keys that AlterIndex knows nothing of, and values that no index takes, before anything is looked up.
func (a Alteration) ValidateIndexForm() error {
	if err := a.ValidateForm(); err != nil {
		return err
	}
	for _, p := range a.Set {
		if err := checkConfigurable(p.Key); err != nil {
			return err
		}
		if p.Key == warmupKey {
			if err := checkWarmup(p.Value); err != nil {
				return err
			}
		}
	}
	for _, key := range a.Delete {
		if err := checkConfigurable(key); err != nil {
			return err
		}
	}
	return nil
}

func checkConfigurable(key string) error {
	if slices.Contains(configurableIndexKeys, key) {
		return nil
	}
	return errs.Invalid("%s is not a configable index property", key) // as Milvus spells it
}

// ApplyIndex returns an index as an alteration leaves it, or refuses what its type cannot do. What is alike shares its slices.
func (a Alteration) ApplyIndex(i *Index) (*Index, error) {
	n := *i
	n.UserParams = Merge(i.UserParams, a.Set, a.Delete)
	n.IndexParams = Merge(i.IndexParams, a.Set, a.Delete)
	params := &paramList{at: map[string]int{}}
	for _, p := range a.Set {
		params.set(p.Key, p.Value)
	}
	name, _ := FindProperty(n.IndexParams, indexTypeKey)
	if err := checkMmap(name, params); err != nil {
		return nil, errs.Invalid("invalid mmap index params: %s", err.Error())
	}
	if err := checkOffsetCache(name, params); err != nil {
		return nil, errs.Invalid("invalid offset cache index params: %s", err.Error())
	}
	return &n, nil
}

// ValidateIndexed refuses what a collection with an index of vectors cannot change any more: how its rows are to be searched, which the
// index was built for.
func (a Alteration) ValidateIndexed(s *Schema, indexes []*Index) error {
	at := slices.IndexFunc(indexes, func(i *Index) bool { return i.OfVectors(s) })
	if at < 0 {
		return nil
	}
	before, after := s.Collection.Properties, a.Apply(s.Collection).Properties
	if isolated(before) != isolated(after) {
		return errs.IndexInTheWay(indexes[at].Name,
			"can not alter partition key isolation mode if the collection already has a vector index. Please drop the index first")
	}
	was, _ := FindProperty(before, queryModeKey)
	if mode, _ := FindProperty(after, queryModeKey); mode != was {
		return errs.IndexInTheWay(indexes[at].Name,
			"can not alter query mode if the collection already has a vector index. Please drop the index first")
	}
	return nil
}

func isolated(ps []Property) bool {
	text, _ := FindProperty(ps, isolationKey)
	on, err := strconv.ParseBool(strings.ToLower(text))
	return err == nil && on
}
