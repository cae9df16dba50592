package milvus

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

func (s *Service) createIndex(ctx context.Context, req *milvuspb.CreateIndexRequest) (*commonpb.Status, error) {
	q := model.IndexSpec{Field: req.GetFieldName(), Name: req.GetIndexName(), Params: propertiesOf(req.GetExtraParams())}
	return s.run(ctx, "CreateIndex", &createIndexTask{ddl: ddl{Service: s}, req: req, index: q})
}

type createIndexTask struct {
	ddl
	req   *milvuspb.CreateIndexRequest
	index model.IndexSpec
}

// PreExecute looks at the index by itself; what it is among the others is the planner's affair.
func (t *createIndexTask) PreExecute(context.Context) error {
	c, err := collection(t.source.Snapshot(), t.req.GetDbName(), t.req.GetCollectionName())
	if err != nil {
		return err
	}
	_, err = c.Schema().NewIndex(t.index, t.Limits)
	return err
}

func (t *createIndexTask) complete() bool { return true }

func (t *createIndexTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_CreateIndex{
		CreateIndex: &taprootv1.CreateIndex{
			Database: t.req.GetDbName(), Collection: t.req.GetCollectionName(),
			Field: t.index.Field, Index: t.index.Name, Params: statementProperties(t.index.Params),
		},
	}})
}

func (s *Service) alterIndex(ctx context.Context, req *milvuspb.AlterIndexRequest) (*commonpb.Status, error) {
	q := model.Alteration{Set: propertiesOf(req.GetExtraParams()), Delete: req.GetDeleteKeys()}
	return s.run(ctx, "AlterIndex", &alterIndexTask{ddl: ddl{Service: s}, req: req, alteration: q})
}

type alterIndexTask struct {
	ddl
	req        *milvuspb.AlterIndexRequest
	alteration model.Alteration
}

func (t *alterIndexTask) PreExecute(context.Context) error {
	if err := t.alteration.ValidateIndexForm(); err != nil {
		return err
	}
	_, err := collection(t.source.Snapshot(), t.req.GetDbName(), t.req.GetCollectionName())
	return err
}

func (t *alterIndexTask) complete() bool { return true }

func (t *alterIndexTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterIndex{
		AlterIndex: &taprootv1.AlterIndex{
			Database: t.req.GetDbName(), Collection: t.req.GetCollectionName(), Index: t.req.GetIndexName(),
			Set: statementProperties(t.alteration.Set), Delete: t.alteration.Delete,
		},
	}})
}

func (s *Service) dropIndex(ctx context.Context, req *milvuspb.DropIndexRequest) (*commonpb.Status, error) {
	return s.run(ctx, "DropIndex", &dropIndexTask{ddl: ddl{Service: s}, req: req})
}

type dropIndexTask struct {
	ddl
	req *milvuspb.DropIndexRequest
}

// PreExecute does not look at field_name: as in Milvus, the name of the index alone counts.
func (t *dropIndexTask) PreExecute(context.Context) error {
	_, err := collection(t.source.Snapshot(), t.req.GetDbName(), t.req.GetCollectionName())
	return err
}

func (t *dropIndexTask) complete() bool { return true }

func (t *dropIndexTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropIndex{
		DropIndex: &taprootv1.DropIndex{
			Database: t.req.GetDbName(), Collection: t.req.GetCollectionName(), Index: t.req.GetIndexName(),
		},
	}})
}

