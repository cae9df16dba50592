package milvus

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

func (s *Service) alterCollection(ctx context.Context, req *milvuspb.AlterCollectionRequest) (*commonpb.Status, error) {
	q := model.Alteration{Set: propertiesOf(req.GetProperties()), Delete: req.GetDeleteKeys()}
	return s.run(ctx, "AlterCollection", &alterCollectionTask{ddl: ddl{Service: s}, req: req, alteration: q})
}

type alterCollectionTask struct {
	ddl
	req        *milvuspb.AlterCollectionRequest
	alteration model.Alteration
}

func (t *alterCollectionTask) PreExecute(context.Context) error {
	if err := t.alteration.ValidateForm(); err != nil {
		return err
	}
	c, err := collection(t.source.Snapshot(), t.req.GetDbName(), t.req.GetCollectionName())
	if err != nil {
		return err
	}
	if _, loaded := c.Load(); loaded {
		if err := t.alteration.CheckLoaded(t.req.GetCollectionName()); err != nil {
			return err
		}
	}
	return t.alteration.Validate(c.Schema(), t.Limits)
}

func (t *alterCollectionTask) complete() bool { return true }

func (t *alterCollectionTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterCollection{
		AlterCollection: &taprootv1.AlterCollection{
			Database: t.req.GetDbName(), Collection: t.req.GetCollectionName(),
			Set: statementProperties(t.alteration.Set), Delete: t.alteration.Delete,
		},
	}})
}

func (s *Service) alterCollectionField(ctx context.Context, req *milvuspb.AlterCollectionFieldRequest) (*commonpb.Status, error) {
	q := model.Alteration{Set: propertiesOf(req.GetProperties()), Delete: req.GetDeleteKeys()}
	return s.run(ctx, "AlterCollectionField", &alterFieldTask{ddl: ddl{Service: s}, req: req, alteration: q})
}

type alterFieldTask struct {
	ddl
	req        *milvuspb.AlterCollectionFieldRequest
	alteration model.Alteration
}

// PreExecute looks for the collection only: which field it is about, and what may change of it, is the planner's affair.
func (t *alterFieldTask) PreExecute(context.Context) error {
	_, err := collection(t.source.Snapshot(), t.req.GetDbName(), t.req.GetCollectionName())
	return err
}

func (t *alterFieldTask) complete() bool { return true }

func (t *alterFieldTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterField{
		AlterField: &taprootv1.AlterField{
			Database: t.req.GetDbName(), Collection: t.req.GetCollectionName(), Field: t.req.GetFieldName(),
			Set: statementProperties(t.alteration.Set), Delete: t.alteration.Delete,
		},
	}})
}

func (s *Service) truncateCollection(ctx context.Context, req *milvuspb.TruncateCollectionRequest) (*milvuspb.TruncateCollectionResponse, error) {
	st, err := s.run(ctx, "TruncateCollection", &truncateCollectionTask{ddl: ddl{Service: s}, req: req})
	if err != nil {
		return nil, err
	}
	return &milvuspb.TruncateCollectionResponse{Status: st}, nil
}

type truncateCollectionTask struct {
	ddl
	req *milvuspb.TruncateCollectionRequest
}

func (t *truncateCollectionTask) PreExecute(context.Context) error {
	if err := model.ValidateCollectionName(t.req.GetCollectionName(), t.Limits); err != nil {
		return err
	}
	_, err := collection(t.source.Snapshot(), t.req.GetDbName(), t.req.GetCollectionName())
	return err
}

func (t *truncateCollectionTask) complete() bool { return true }

func (t *truncateCollectionTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_TruncateCollection{
		TruncateCollection: &taprootv1.TruncateCollection{Database: t.req.GetDbName(), Collection: t.req.GetCollectionName()},
	}})
}
