package ddl_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// nodes is a config of that many requests and limits, with changes.
func nodes(requests, limits int32, changes ...func(*model.ResourceGroupSpec)) *model.ResourceGroupSpec {
	s := &model.ResourceGroupSpec{
		Config: model.ResourceGroupConfig{Requests: requests, Limits: limits}, HasRequests: true, HasLimits: true,
	}
	for _, change := range changes {
		change(s)
	}
	return s
}

func from(names ...string) func(*model.ResourceGroupSpec) {
	return func(s *model.ResourceGroupSpec) { s.Config.TransferFrom = names }
}

func to(names ...string) func(*model.ResourceGroupSpec) {
	return func(s *model.ResourceGroupSpec) { s.Config.TransferTo = names }
}

// group makes a resource group.
func (w *world) group(name string, spec *model.ResourceGroupSpec) *world {
	w.t.Helper()
	w.do(ddl.CreateResourceGroup(name, spec, options()))
	return w
}

// loaded writes the records of a collection that is loaded, with a replica in each of the groups.
func (w *world) loaded(name string, groups ...string) *world {
	w.t.Helper()
	c, ok := w.Collection(1, name)
	require.True(w.t, ok)
	changes := []catalog.Change{catalog.PutLoad(&model.Load{
		Collection: c.ID, Database: 1, Replicas: int32(len(groups)), Status: model.Loaded, Type: model.LoadTypeCollection,
	})}
	for i, g := range groups {
		changes = append(changes, catalog.PutReplica(&model.Replica{ID: 9000 + c.ID*10 + model.ID(i), Collection: c.ID, Group: g, Nodes: []int64{1}}))
	}
	w.put(changes...)
	return w
}

// also returns a world that begins as w is, and leaves w as it is: the rows of a table run after the function that has them.
func (w *world) also() *world { return &world{Snapshot: w.Snapshot, t: w.t} }

func (w *world) config(name string) model.ResourceGroupConfig {
	w.t.Helper()
	g, ok := w.ResourceGroup(name)
	require.True(w.t, ok, name)
	return g.Configuration()
}

// unreadable is the world with a group record that cannot be read.
func (w *world) unreadable(name string) *world {
	return w.restart(catalog.Quarantined{Ref: catalog.ResourceGroupRef(name), Key: "k", Reason: "torn"})
}

const groupDamage = "the record of resource group rg is damaged, k (torn); it must be repaired first: service internal error"

func TestCreateResourceGroup(t *testing.T) {
	t.Parallel()
	create := func(name string, spec *model.ResourceGroupSpec) ddl.Planner {
		return ddl.CreateResourceGroup(name, spec, options())
	}
	two := limited(func(l *model.Limits) { l.MaxResourceGroups = 2 })
	w := newWorld(t).group("rg", nodes(1, 2, from("__default_resource_group")))
	run(t, map[string]row{
		"of no nodes":                {world: w, planner: create("a", model.NoNodes())},
		"with a config":              {world: w, planner: create("a", nodes(1, 3, to("rg"), from("rg", "__default_resource_group")))},
		"again":                      {world: w, planner: create("rg", nodes(1, 2, from("__default_resource_group"))), noop: true},
		"another config":             {world: w, planner: create("rg", nodes(1, 3)), code: 301, text: "resource group already exist[rg=rg]"},
		"again, a part left out":     {world: w, planner: create("rg", &model.ResourceGroupSpec{Config: w.config("rg"), HasLimits: true}), code: 301, text: "resource group already exist[rg=rg]"},
		"the default one":            {world: w, planner: create("__default_resource_group", model.NoNodes()), code: 301, text: "resource group already exist[rg=__default_resource_group]"},
		"the default one, equal":     {world: w, planner: create("__default_resource_group", nodes(0, model.DefaultGroupLimit)), noop: true},
		"the last one":               {world: newWorld(t), planner: ddl.CreateResourceGroup("a", model.NoNodes(), two)},
		"one too many":               {world: w, planner: ddl.CreateResourceGroup("a", model.NoNodes(), two), code: 302, text: "resource group num reach limit[rg=a][limit=2]"},
		"too many before config":     {world: w, planner: ddl.CreateResourceGroup("a", nodes(-1, 0), two), code: 302, text: "resource group num reach limit[rg=a][limit=2]"},
		"again when full":            {world: w, planner: ddl.CreateResourceGroup("rg", nodes(1, 2, from("__default_resource_group")), two), noop: true},
		"no name":                    {world: w, planner: create("", model.NoNodes()), code: 1101, text: "resource group name couldn't be empty: missing parameter"},
		"a digit in front":           {world: w, planner: create("1a", nodes(-1, 0)), code: 1100, text: "Invalid resource group name 1a. The first character of a resource group name must be an underscore or letter.: invalid parameter"},
		"a dash":                     {world: w, planner: create("a-b", model.NoNodes()), code: 1100, text: "Invalid resource group name a-b. Resource group name can only contain numbers, letters and underscores.: invalid parameter"},
		"255 bytes":                  {world: w, planner: create(strings.Repeat("a", 255), model.NoNodes())},
		"256 bytes":                  {world: w, planner: create(strings.Repeat("a", 256), model.NoNodes()), code: 1100, text: "Invalid resource group name " + strings.Repeat("a", 256) + ". The length of a resource group name must be less than 255 characters.: invalid parameter"},
		"no requests":                {world: w, planner: create("a", &model.ResourceGroupSpec{HasLimits: true}), code: 303, text: "requests or limits is required: resource group illegal config[rg=a]"},
		"no limits":                  {world: w, planner: create("a", &model.ResourceGroupSpec{HasRequests: true}), code: 303, text: "requests or limits is required: resource group illegal config[rg=a]"},
		"negative requests":          {world: w, planner: create("a", nodes(-1, 0)), code: 303, text: "node num in `requests` or `limits` should not less than 0: resource group illegal config[rg=a]"},
		"negative limits":            {world: w, planner: create("a", nodes(0, -1)), code: 303, text: "node num in `requests` or `limits` should not less than 0: resource group illegal config[rg=a]"},
		"limits below requests":      {world: w, planner: create("a", nodes(2, 1)), code: 303, text: "limits node num should not less than requests node num: resource group illegal config[rg=a]"},
		"from itself":                {world: w, planner: create("a", nodes(0, 0, from("a"))), code: 303, text: "resource group in `transfer_from` should not be itself: resource group illegal config[rg=a]"},
		"to itself":                  {world: w, planner: create("a", nodes(0, 0, to("rg", "a"))), code: 303, text: "resource group in `transfer_to` should not be itself: resource group illegal config[rg=a]"},
		"from nowhere":               {world: w, planner: create("a", nodes(0, 0, from("rg", "b"))), code: 303, text: "resource group in `transfer_from` not exist: resource group illegal config[rg=a]"},
		"to nowhere":                 {world: w, planner: create("a", nodes(0, 0, to(""))), code: 303, text: "resource group in `transfer_to` not exist: resource group illegal config[rg=a]"},
		"in place of a damaged one":  {world: w.unreadable("rg"), planner: create("rg", model.NoNodes()), code: 5, text: groupDamage},
		"beside a damaged one":       {world: w.unreadable("rg"), planner: create("a", model.NoNodes())},
		"as large as an int32 holds": {world: w, planner: create("a", nodes(math.MaxInt32, math.MaxInt32))},
	})
	g, ok := w.ResourceGroup("rg")
	require.True(t, ok)
	require.Equal(t, int32(1), g.Capacity, "what a Milvus of before configs reads")
}

func TestUpdateResourceGroups(t *testing.T) {
	t.Parallel()
	update := func(specs map[string]*model.ResourceGroupSpec) ddl.Planner {
		return ddl.UpdateResourceGroups(specs, options())
	}
	type many = map[string]*model.ResourceGroupSpec
	w := newWorld(t).group("a", model.NoNodes()).group("b", nodes(1, 2))
	w.put(catalog.PutResourceGroup(&model.ResourceGroup{Name: "old", Capacity: 2, Nodes: []int64{4}}))
	run(t, map[string]row{
		"nothing":                     {world: w, planner: update(nil), noop: true},
		"one":                         {world: w, planner: update(many{"a": nodes(1, 1)})},
		"several":                     {world: w, planner: update(many{"a": nodes(1, 1, from("b")), "b": nodes(0, 0, to("a"))})},
		"the default one":             {world: w, planner: update(many{"__default_resource_group": nodes(1, 5)})},
		"to what they are":            {world: w, planner: update(many{"a": nodes(0, 0), "b": nodes(1, 2), "__default_resource_group": nodes(0, model.DefaultGroupLimit)}), noop: true},
		"an old one to what it is":    {world: w, planner: update(many{"old": nodes(2, 2)}), noop: true},
		"none of that name":           {world: w, planner: update(many{"a": nodes(1, 1), "c": nodes(1, 1)}), code: 300, text: "resource group not found[rg=c]"},
		"missing before a bad config": {world: w, planner: update(many{"0": nodes(1, 1), "c": nodes(-1, 1)}), code: 1100, text: "Invalid resource group name 0. The first character of a resource group name must be an underscore or letter.: invalid parameter"},
		"no name":                     {world: w, planner: update(many{"": nodes(1, 1)}), code: 1101, text: "resource group name couldn't be empty: missing parameter"},
		"no config":                   {world: w, planner: update(many{"a": {}}), code: 303, text: "requests or limits is required: resource group illegal config[rg=a]"},
		"the second one is bad":       {world: w, planner: update(many{"a": nodes(1, 1), "b": nodes(2, 1)}), code: 303, text: "limits node num should not less than requests node num: resource group illegal config[rg=b]"},
		"from itself":                 {world: w, planner: update(many{"a": nodes(0, 0, from("a"))}), code: 303, text: "resource group in `transfer_from` should not be itself: resource group illegal config[rg=a]"},
		"from nowhere":                {world: w, planner: update(many{"a": nodes(0, 0, from("z"))}), code: 303, text: "resource group in `transfer_from` not exist: resource group illegal config[rg=a]"},
	})
	w = w.also()
	w.do(update(many{"old": nodes(1, 3)}))
	old, _ := w.ResourceGroup("old") // b has the only node that there is, and 4 is none
	require.Equal(t, &model.ResourceGroup{
		Name: "old", Capacity: 1, Config: &model.ResourceGroupConfig{Requests: 1, Limits: 3},
	}, old)
}

func TestDropResourceGroup(t *testing.T) {
	t.Parallel()
	drop := ddl.DropResourceGroup
	w := newWorld(t).group("rg", model.NoNodes()).group("full", nodes(0, 1)).group("used", model.NoNodes()).group("source", model.NoNodes()).
		group("target", model.NoNodes()).group("user", nodes(0, 0, from("source"), to("target"))).create("a").loaded("a", "used")
	run(t, map[string]row{
		"dropped":               {world: w, planner: drop("rg")},
		"not there":             {world: w, planner: drop("none"), noop: true},
		"without a name":        {world: w, planner: drop(""), noop: true},
		"the default one":       {world: w, planner: drop("__default_resource_group"), code: 1100, text: "default resource group is not deletable: invalid parameter[expected=not default resource group][actual=__default_resource_group]"},
		"with a limit":          {world: w, planner: drop("full"), code: 1100, text: "resource group's limits node num is not 0: invalid parameter[expected=not empty resource group][actual=full]"},
		"with a replica":        {world: w, planner: drop("used"), code: 1100, text: "some replicas still loaded in resource group[used], release it first: invalid parameter[expected=empty resource group][actual=resource group used has collection 1000 loaded]"},
		"that another gets of":  {world: w, planner: drop("source"), code: 1100, text: "resource group source is used by user's `TransferFrom`, remove that configuration first: invalid parameter[expected=not `TransferFrom` of resource group][actual=source]"},
		"that another gives to": {world: w, planner: drop("target"), code: 1100, text: "resource group target is used by user's `TransferTo`, remove that configuration first: invalid parameter[expected=not `TransferTo` of resource group][actual=target]"},
		"damaged":               {world: w.unreadable("rg"), planner: drop("rg"), code: 5, text: groupDamage},
		"default, and used": {
			world: newWorld(t).create("a").loaded("a", "__default_resource_group"), planner: drop("__default_resource_group"), code: 1100,
			text: "some replicas still loaded in resource group[__default_resource_group], release it first: invalid parameter[expected=empty resource group]" +
				"[actual=resource group __default_resource_group has collection 1000 loaded]",
		},
	})
	w = w.also()
	w.do(drop("rg"))
	_, ok := w.ResourceGroup("rg")
	require.False(t, ok)
}

func TestTransferNode(t *testing.T) {
	t.Parallel()
	three := limited(func(l *model.Limits) { l.QueryNodes = 3 })
	move := func(source, target string, n int32) ddl.Planner { return ddl.TransferNode(source, target, n, three) }
	w := newWorld(t).group("a", nodes(2, 2)).group("b", model.NoNodes())
	run(t, map[string]row{
		"moved":                   {world: w, planner: move("a", "b", 2)},
		"of the default one":      {world: w, planner: move("__default_resource_group", "b", 1)},
		"none":                    {world: w, planner: move("a", "b", 0), code: 1100, text: "invalid parameter[expected=NumNode > 0][actual=invalid NumNode 0]"},
		"fewer than none":         {world: w, planner: move("a", "b", -1), code: 1100, text: "invalid parameter[expected=NumNode > 0][actual=invalid NumNode -1]"},
		"too many":                {world: w, planner: move("a", "b", 3), code: 304, text: "resource group node not enough[rg=a][currentNodeNum=2][expectedNodeNum=3]"},
		"of the rest":             {world: w, planner: move("__default_resource_group", "b", 2), code: 304, text: "resource group node not enough[rg=__default_resource_group][currentNodeNum=1][expectedNodeNum=2]"},
		"of a group without":      {world: w, planner: move("b", "a", 1), code: 304, text: "resource group node not enough[rg=b][currentNodeNum=0][expectedNodeNum=1]"},
		"within one":              {world: w, planner: move("a", "a", 0), code: 1100, text: "source resource group and target resource group should not be the same, resource group: a: invalid parameter"},
		"within one that is none": {world: w, planner: move("c", "c", 1), code: 1100, text: "source resource group and target resource group should not be the same, resource group: c: invalid parameter"},
		"from nowhere":            {world: w, planner: move("c", "d", 1), code: 300, text: "resource group not found[rg=c]"},
		"to nowhere":              {world: w, planner: move("a", "d", 9), code: 300, text: "resource group not found[rg=d]"},
		"no number first":         {world: w, planner: move("c", "d", 0), code: 1100, text: "invalid parameter[expected=NumNode > 0][actual=invalid NumNode 0]"},
		"no source":               {world: w, planner: move("", "1", 1), code: 1101, text: "resource group name couldn't be empty: missing parameter"},
		"no target":               {world: w, planner: move("a", "1", 0), code: 1100, text: "Invalid resource group name 1. The first character of a resource group name must be an underscore or letter.: invalid parameter"},
		"damaged":                 {world: w.unreadable("__default_resource_group"), planner: move("__default_resource_group", "__default_resource_group", 1), code: 1100, text: "source resource group and target resource group should not be the same, resource group: __default_resource_group: invalid parameter"},
	})
	w = w.also()
	where := func() map[string][]int64 { return model.DistributeNodes(slices.Collect(w.ResourceGroups()), 3) }
	require.Equal(t, map[string][]int64{"a": {1, 2}, "__default_resource_group": {3}}, where())
	w.do(move("a", "b", 1))
	require.Equal(t, model.ResourceGroupConfig{Requests: 1, Limits: 1}, w.config("a"))
	require.Equal(t, model.ResourceGroupConfig{Requests: 1, Limits: 1}, w.config("b"))
	require.Equal(t, map[string][]int64{"a": {1}, "b": {2}, "__default_resource_group": {3}}, where())
	w.do(move("__default_resource_group", "b", 1))
	require.Equal(t, model.ResourceGroupConfig{Limits: model.DefaultGroupLimit}, w.config("__default_resource_group"), "its limit stays")
	require.Equal(t, map[string][]int64{"a": {1}, "b": {2, 3}}, where())
	w.do(move("b", "__default_resource_group", 2))
	require.Equal(t, model.ResourceGroupConfig{Requests: 2, Limits: model.DefaultGroupLimit}, w.config("__default_resource_group"))
	require.Equal(t, map[string][]int64{"a": {1}, "__default_resource_group": {2, 3}}, where())
	b, _ := w.ResourceGroup("b")
	require.Empty(t, b.Nodes)
	// A group of as many requests as can be said takes no more.
	w.do(ddl.UpdateResourceGroups(map[string]*model.ResourceGroupSpec{"b": nodes(math.MaxInt32, math.MaxInt32)}, three))
	w.do(move("a", "b", 1))
	require.Equal(t, model.ResourceGroupConfig{Requests: math.MaxInt32, Limits: math.MaxInt32}, w.config("b"))
}

func TestTransferReplica(t *testing.T) {
	t.Parallel()
	three := limited(func(l *model.Limits) { l.QueryNodes = 3 })
	move := func(c, source, target string, n int64) ddl.Planner {
		return ddl.TransferReplica(ddl.Transfer{Collection: c, Source: source, Target: target, Replicas: n}, three)
	}
	const def = model.DefaultResourceGroup
	w := newWorld(t).group("rg", nodes(1, 1)).group("empty", model.NoNodes()).create("a").create("b").alias("x").loaded("a", def, def, "rg")
	c, _ := w.Collection(1, "a")
	found := catalog.Result{Database: 1, Collection: c.ID}
	run(t, map[string]row{
		"one":                       {world: w, planner: move("a", def, "rg", 1), want: found},
		"by an alias":               {world: w, planner: move("x", def, "rg", 2), want: found},
		"to a group without nodes":  {world: w, planner: move("a", "rg", "empty", 1), want: found},
		"missing collection":        {world: w, planner: move("c", "no", "rg", 0), code: 100, text: "collection not found[database=default][collection=c]"},
		"missing database":          {world: w, planner: ddl.TransferReplica(ddl.Transfer{Database: "no", Collection: "a", Source: def, Target: "rg", Replicas: 1}, three), code: 800, text: "database not found[database=no]"},
		"no source":                 {world: w, planner: move("c", "", "1", 0), code: 1101, text: "resource group name couldn't be empty: missing parameter"},
		"no target":                 {world: w, planner: move("c", "a", "1", 0), code: 1100, text: "Invalid resource group name 1. The first character of a resource group name must be an underscore or letter.: invalid parameter"},
		"from nowhere":              {world: w, planner: move("a", "c", "c", 0), code: 300, text: "the source resource group[c] doesn't exist: resource group not found[rg=c]"},
		"to nowhere":                {world: w, planner: move("a", "rg", "c", 0), code: 300, text: "the target resource group[c] doesn't exist: resource group not found[rg=c]"},
		"within one":                {world: w, planner: move("a", "rg", "rg", 0), code: 1100, text: "source resource group and target resource group should not be the same, resource group: rg: invalid parameter"},
		"none":                      {world: w, planner: move("b", def, "rg", 0), code: 1100, text: "invalid parameter[expected=NumReplica > 0][actual=invalid NumReplica 0]"},
		"fewer than none":           {world: w, planner: move("b", def, "rg", math.MinInt64), code: 1100, text: "invalid parameter[expected=NumReplica > 0][actual=invalid NumReplica -9223372036854775808]"},
		"of what is not loaded":     {world: w, planner: move("b", def, "rg", 1), code: 101, text: "collection not loaded[collection=1002]"},
		"too many":                  {world: w, planner: move("a", def, "rg", 3), code: 1100, text: "invalid parameter[expected=NumReplica not greater than the number of replica in source resource group][actual=only found [2] replicas in source resource group[" + def + "]]"},
		"as many as an int64 holds": {world: w, planner: move("a", "empty", "rg", math.MaxInt64), code: 1100, text: "invalid parameter[expected=NumReplica not greater than the number of replica in source resource group][actual=only found [0] replicas in source resource group[empty]]"},
		"damaged":                   {world: w.restart(catalog.Quarantined{Ref: catalog.Ref{Kind: catalog.KindField, Parent: c.ID, ID: 100}, Key: "k", Reason: "torn"}), planner: move("a", "no", "rg", 0), code: 5, text: "collection a has a damaged record, k (torn); it can only be dropped or repaired: service internal error"},
	})
	w = w.also()
	w.do(move("a", def, "rg", 1))
	type at struct {
		group string
		nodes []int64
	}
	var got []at
	c, _ = w.Collection(1, "a")
	for r := range c.Replicas() {
		got = append(got, at{r.Group, r.Nodes})
	}
	// rg has node 1, the default group 2 and 3. The one that was there keeps its node, and there is none for the one that came.
	require.Equal(t, []at{{"rg", nil}, {def, []int64{2, 3}}, {"rg", []int64{1}}}, got)
	l, _ := c.Load()
	require.Equal(t, int32(3), l.Replicas)
}

// A resource group is an object like others, also the default one before there is a record of it.
func TestResourceGroupAsAnObject(t *testing.T) {
	t.Parallel()
	const def = model.DefaultResourceGroup
	w := newWorld(t).group("a", model.NoNodes()).group("b", model.NoNodes()) // revisions 3 and 4
	none := func(s *catalog.Snapshot, _ ddl.Input) (ddl.Draft, catalog.Result, error) {
		return ddl.Draft{NextID: s.NextID()}, catalog.Result{}, nil
	}
	for what, c := range map[string]struct {
		object ddl.Object
		given  catalog.Revision
		text   string
	}{
		"unchanged":             {ddl.GroupObject("a"), 3, ""},
		"changed":               {ddl.GroupObject("b"), 3, "it was changed after the revision that was given"},
		"must not be":           {ddl.GroupObject("c"), 0, ""},
		"is, and must not be":   {ddl.GroupObject("a"), 0, "it exists, and must not"},
		"is gone":               {ddl.GroupObject("c"), 3, "it does not exist"},
		"one of two changed":    {ddl.GroupObject("a", "b"), 3, "resource_group a, b"},
		"neither changed":       {ddl.GroupObject("a", "b"), 4, ""},
		"the default one":       {ddl.GroupObject(def), 1, ""},
		"the default one is":    {ddl.GroupObject(def), 0, "it exists, and must not"},
		"and one that was made": {ddl.GroupObject(def, "a"), 1, "it was changed"},
	} {
		_, _, err := ddl.IfRevision(c.object, c.given, none)(w.Snapshot, ddl.Input{Now: now})
		if c.text == "" {
			require.NoError(t, err, what)
		} else {
			require.True(t, errs.ObjectChanged.Is(err), what)
			require.ErrorContains(t, err, c.text, what)
		}
	}
}

// A group keeps the nodes that it has got, whatever groups come after it.
func TestGroupsKeepTheirNodes(t *testing.T) {
	t.Parallel()
	two := limited(func(l *model.Limits) { l.QueryNodes = 2 })
	w := newWorld(t)
	w.do(ddl.CreateResourceGroup("z", nodes(1, 1), two))
	w.do(ddl.CreateResourceGroup("a", nodes(2, 2), two))
	where := func() map[string][]int64 { return model.DistributeNodes(slices.Collect(w.ResourceGroups()), 2) }
	require.Equal(t, map[string][]int64{"z": {1}, "a": {2}}, where())
	w.do(ddl.UpdateResourceGroups(map[string]*model.ResourceGroupSpec{"z": model.NoNodes()}, two))
	require.Equal(t, map[string][]int64{"a": {1, 2}}, where())
	z, _ := w.ResourceGroup("z")
	require.Empty(t, z.Nodes)
}
