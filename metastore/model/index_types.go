package model

import (
	"slices"
	"strconv"

	"github.com/cockroachdb/errors"
)

// Names of index types that the rules speak of.
const (
	autoIndex   = "AUTOINDEX"
	hybridIndex = "HYBRID"
	bitmapIndex = "BITMAP"
	ngramIndex  = "NGRAM"
)

// Names of metrics that the rules speak of.
const (
	metricCosine    = "COSINE"
	metricIP        = "IP"
	metricHamming   = "HAMMING"
	metricBM25      = "BM25"
	metricMinHash   = "MHJACCARD"
	metricMaxCosine = "MAX_SIM_COSINE"
)

var (
	floatMetrics  = []string{"L2", metricIP, metricCosine}
	binaryMetrics = []string{metricHamming, "JACCARD", "SUBSTRUCTURE", "SUPERSTRUCTURE", metricMinHash}
	sparseMetrics = []string{metricIP, metricBM25}
	listMetrics   = []string{"MAX_SIM", metricMaxCosine, "MAX_SIM_IP", "MAX_SIM_L2", metricCosine, metricIP, "L2"}
)

// indexKind is what is known of a type of index.
type indexKind struct {
	// on are the types of fields it is built on; elements those of an Array's elements.
	on, elements []DataType
	// mmap: it can be read from a file that is mapped into memory.
	mmap bool
	// metrics are those it takes of the metrics of the field; nil: all.
	metrics []string
	// rules hold parameters to their limits.
	rules []func(*indexPlan) error
	// wants says what it is built on where that is no vector.
	wants string
}

var (
	denseFloats = []DataType{FloatVector, Float16Vector, BFloat16Vector}
	denses      = []DataType{FloatVector, Float16Vector, BFloat16Vector, Int8Vector}
	binaries    = []DataType{BinaryVector}
	sparses     = []DataType{SparseFloatVector}
	integers    = []DataType{Int8, Int16, Int32, Int64}
	numbers     = append(slices.Clone(integers), Float, Double)
	nlist       = whole("nlist", 1, 65536)
	nbits       = whole("nbits", 1, 16)
	graph       = []func(*indexPlan) error{whole("M", 2, 2048), whole("efConstruction", 1, 2147483647)}
	sparseRules = []func(*indexPlan) error{checkDropRatio}
)

// indexKinds is the table of index-load-semantics §2.4. Which type is built on which vectors is what Milvus's native library says.
var indexKinds = map[string]*indexKind{
	"FLAT":              {on: denseFloats, mmap: true},
	"IVF_FLAT":          {on: denseFloats, mmap: true, rules: []func(*indexPlan) error{nlist}},
	"IVF_SQ8":           {on: denseFloats, mmap: true, rules: []func(*indexPlan) error{nlist}},
	"IVF_PQ":            {on: denseFloats, mmap: true, rules: []func(*indexPlan) error{nlist, nbits, checkSubquantizers}},
	"IVF_RABITQ":        {on: denseFloats, mmap: true, rules: []func(*indexPlan) error{nlist}},
	"SCANN":             {on: denseFloats, mmap: true, rules: []func(*indexPlan) error{nlist}},
	"DISKANN":           {on: denseFloats},
	"HNSW":              {on: denses, mmap: true, rules: graph},
	"HNSW_SQ":           {on: denses, mmap: true, rules: graph},
	"HNSW_PQ":           {on: denses, mmap: true, rules: graph},
	"HNSW_PRQ":          {on: denses, mmap: true, rules: graph},
	"GPU_CAGRA":         {on: denseFloats},
	"GPU_BRUTE_FORCE":   {on: denseFloats},
	"GPU_IVF_FLAT":      {on: denseFloats, rules: []func(*indexPlan) error{nlist}},
	"GPU_IVF_PQ":        {on: denseFloats, rules: []func(*indexPlan) error{nlist, nbits, checkSubquantizers}},
	"BIN_FLAT":          {on: binaries, mmap: true, metrics: binaryMetrics[:4]},
	"BIN_IVF_FLAT":      {on: binaries, mmap: true, metrics: binaryMetrics[:2], rules: []func(*indexPlan) error{nlist}},
	"MINHASH_LSH":       {on: binaries, mmap: true, metrics: binaryMetrics[4:]},
	sparseInvertedIndex: {on: sparses, mmap: true, rules: sparseRules},
	"SPARSE_WAND":       {on: sparses, mmap: true, rules: sparseRules},
	invertedIndex:       {on: append(slices.Clone(numbers), Bool, VarChar, JSON), elements: append(slices.Clone(numbers), Bool, VarChar), mmap: true, rules: []func(*indexPlan) error{checkCast}, wants: "a bool, numeric, varchar, array or JSON field"},
	bitmapIndex:         {on: append(slices.Clone(integers), Bool, VarChar), elements: append(slices.Clone(integers), Bool, VarChar), mmap: true, wants: "a bool, int or varchar field or an array of these"},
	hybridIndex:         {on: append(slices.Clone(numbers), Bool, VarChar), elements: append(slices.Clone(numbers), Bool, VarChar), mmap: true},
	sortIndex:           {on: append(slices.Clone(numbers), VarChar, Timestamptz), wants: "a numeric, varchar or timestamptz field"},
	"Asceneding":        {on: append(slices.Clone(numbers), VarChar, Timestamptz), wants: "a numeric, varchar or timestamptz field"}, // as Milvus spells it
	"Trie":              {on: []DataType{VarChar}, mmap: true, wants: "a varchar field"},
	"TRIE":              {on: []DataType{VarChar}, mmap: true, wants: "a varchar field"},
	"marisa-trie":       {on: []DataType{VarChar}, mmap: true, wants: "a varchar field"},
	ngramIndex:          {on: []DataType{VarChar, JSON}, mmap: true, rules: []func(*indexPlan) error{checkGrams, checkCast}, wants: "a varchar or JSON field"},
	geometryIndex:       {on: []DataType{Geometry}, wants: "a geometry field"},
}

const (
	sparseInvertedIndex = "SPARSE_INVERTED_INDEX"
	invertedIndex       = "INVERTED"
	sortIndex           = "STL_SORT"
	geometryIndex       = "RTREE"
)

// builtOn reports whether an index of the kind can be built on the field. An array of vectors is built on as its elements are.
func (k *indexKind) builtOn(f *Field) bool {
	switch f.Type {
	case Array:
		return slices.Contains(k.elements, f.ElementType)
	case ArrayOfVector:
		return slices.Contains(k.on, f.ElementType)
	default:
		return slices.Contains(k.on, f.Type)
	}
}

func (k *indexKind) mismatch(name string, f *Field) string {
	if k.wants == "" {
		return "index " + name + " only supports vector data type"
	}
	return "index " + name + " is only supported on " + k.wants + ", not on " + f.Type.String()
}

// scalarIndex is the type that the server chooses for a field that holds no vectors; empty if it has none to offer.
func (f *Field) scalarIndex() string {
	t := f.Type
	if t == Array {
		t = f.ElementType
	}
	switch t {
	case Bool:
		return bitmapIndex
	case Int8, Int16, Int32, Int64, Float, Double, VarChar:
		return hybridIndex
	case JSON:
		return invertedIndex
	case Timestamptz:
		return sortIndex
	case Geometry:
		return geometryIndex
	default:
		return ""
	}
}

// vectorIndex is what the server chooses for a field of vectors.
func (f *Field) vectorIndex(metric string) []Property {
	t := f.Type
	if t == ArrayOfVector {
		t = f.ElementType
	}
	hnsw := []Property{{metricKey, metric}, {"M", "18"}, {"efConstruction", "240"}}
	of := func(name string, params ...Property) []Property {
		return append([]Property{{indexTypeKey, name}}, params...)
	}
	switch t {
	case BinaryVector:
		if metric == metricMinHash {
			return of("MINHASH_LSH", Property{metricKey, metric})
		}
		return of("BIN_IVF_FLAT", Property{metricKey, metric}, Property{"nlist", "1024"})
	case SparseFloatVector:
		return of(sparseInvertedIndex, Property{metricKey, metric})
	case Int8Vector:
		return of("HNSW", hnsw...)
	default:
		refine := "FP16"
		if t == BFloat16Vector {
			refine = "BF16"
		}
		return of("HNSW_SQ", append(hnsw, Property{"sq_type", "SQ4U"}, Property{"refine", "true"}, Property{"refine_type", refine})...)
	}
}

// defaultMetric is the metric of a vector field for which the client names none.
func (f *Field) defaultMetric() string {
	switch f.Type {
	case BinaryVector:
		return metricHamming
	case SparseFloatVector:
		return metricIP
	case ArrayOfVector:
		return metricMaxCosine
	default:
		return metricCosine
	}
}

// checkMetric refuses metrics that vectors of the field's type do not have. Names count as they are spelt.
func (f *Field) checkMetric(metric string) error {
	switch t := f.Type; {
	case slices.Contains(denseFloats, t) && !slices.Contains(floatMetrics, metric):
		return badIndexParams("float vector index does not support metric type: %s", metric)
	case t == Int8Vector && !slices.Contains(floatMetrics, metric):
		return badIndexParams("int vector index does not support metric type: %s", metric)
	case t == BinaryVector && !slices.Contains(binaryMetrics, metric):
		return badIndexParams("binary vector index does not support metric type: %s", metric)
	case t == SparseFloatVector && !slices.Contains(sparseMetrics, metric):
		return badIndexParams("only IP&BM25 is the supported metric type for sparse index")
	case t == ArrayOfVector && !slices.Contains(listMetrics, metric):
		return badIndexParams("array of vector index does not support metric type: %s", metric)
	}
	return nil
}

// whole is the rule that a parameter, if given, is a whole number from low to high.
func whole(key string, low, high int64) func(*indexPlan) error {
	return func(p *indexPlan) error {
		text, given := p.params.get(key)
		if !given {
			return nil
		}
		n, err := strconv.ParseInt(text, 10, 64)
		switch {
		case err != nil:
			return badIndexParams("param '%s' should be an integer, but got %s", key, text)
		case n < low || n > high:
			return badIndexParams("param '%s' (%d) should be in range [%d, %d]", key, n, low, high)
		}
		return nil
	}
}

// checkSubquantizers: a vector is cut into m parts of one length.
func checkSubquantizers(p *indexPlan) error {
	if err := whole("m", 1, 65536)(p); err != nil {
		return err
	}
	text, given := p.params.get("m")
	if !given {
		return nil
	}
	m, _ := strconv.ParseInt(text, 10, 64)
	if dim, ok, err := p.field.number(dimensionKey); err == nil && ok && dim%m != 0 {
		return badIndexParams("dimension must be able to be divided by `m`, dimension: %d, m: %d", dim, m)
	}
	return nil
}

func checkDropRatio(p *indexPlan) error {
	text, given := p.params.get("drop_ratio_build")
	if !given {
		return nil
	}
	if n, err := strconv.ParseFloat(text, 64); err != nil || !(n >= 0 && n < 1) { // not a number is in no range
		return badIndexParams("invalid drop_ratio_build: %s, must be in range [0, 1)", text)
	}
	return nil
}

// checkGrams: both bounds must be given.
func checkGrams(p *indexPlan) error {
	var bounds [2]int64
	for i, key := range [...]string{"min_gram", "max_gram"} {
		text, given := p.params.get(key)
		if !given {
			return badIndexParams("Ngram index must specify both min_gram and max_gram")
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return badIndexParams("%s for Ngram index must be an integer, got: %s", key, text)
		}
		bounds[i] = n
	}
	if bounds[0] <= 0 || bounds[1] <= 0 || bounds[0] > bounds[1] {
		return badIndexParams("invalid min_gram or max_gram value for Ngram index, min_gram: %d, max_gram: %d", bounds[0], bounds[1])
	}
	return nil
}

// checkMmap refuses what is no truth value, and what the type of index cannot do. Where no type is known yet only the former.
func checkMmap(indexType string, params *paramList) error {
	on, err := truthOf(params, mmapKey)
	if err != nil {
		return err
	}
	if kind := indexKinds[indexType]; on && indexType != "" && indexType != autoIndex && (kind == nil || !kind.mmap) {
		return errors.Newf("index type %s does not support mmap", indexType)
	}
	return nil
}

func checkOffsetCache(indexType string, params *paramList) error {
	on, err := truthOf(params, offsetCacheKey)
	if err != nil {
		return err
	}
	if on && indexType != bitmapIndex {
		return errors.Newf("only %s index support %s now", bitmapIndex, offsetCacheKey)
	}
	return nil
}

func truthOf(params *paramList, key string) (bool, error) {
	text, given := params.get(key)
	if !given {
		return false, nil
	}
	on, err := strconv.ParseBool(text)
	if err != nil {
		return false, errors.Newf("invalid %s value: %s, expected: true, false", key, text)
	}
	return on, nil
}
