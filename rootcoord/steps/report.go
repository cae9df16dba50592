package steps

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// Report is what a data plane says of an index or a load.
type Report struct{ ddl.Report }

func (Report) names() (statement, step string) { return catalog.ReportStatement, "reportMeta" }

func (q Report) planner(opt ddl.Options) ddl.Planner { return ddl.TakeReport(q.Report, opt) }
