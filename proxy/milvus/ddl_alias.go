package milvus

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

func (s *Service) createAlias(ctx context.Context, req *milvuspb.CreateAliasRequest) (*commonpb.Status, error) {
	return s.run(ctx, "CreateAlias", &createAliasTask{ddl: ddl{Service: s}, req: req})
}

type createAliasTask struct {
	ddl
	req *milvuspb.CreateAliasRequest
}

func (t *createAliasTask) PreExecute(context.Context) error {
	return t.checkAlias(t.req.GetAlias(), t.req.GetCollectionName())
}

func (t *createAliasTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_CreateAlias{
		CreateAlias: &taprootv1.CreateAlias{
			Database: t.req.GetDbName(), Collection: t.req.GetCollectionName(), Alias: t.req.GetAlias(),
		},
	}})
}

func (s *Service) alterAlias(ctx context.Context, req *milvuspb.AlterAliasRequest) (*commonpb.Status, error) {
	return s.run(ctx, "AlterAlias", &alterAliasTask{ddl: ddl{Service: s}, req: req})
}

type alterAliasTask struct {
	ddl
	req *milvuspb.AlterAliasRequest
}

func (t *alterAliasTask) PreExecute(context.Context) error {
	return t.checkAlias(t.req.GetAlias(), t.req.GetCollectionName())
}

func (t *alterAliasTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterAlias{
		AlterAlias: &taprootv1.AlterAlias{
			Database: t.req.GetDbName(), Collection: t.req.GetCollectionName(), Alias: t.req.GetAlias(),
		},
	}})
}

// checkAlias checks names only. That the collection may be named by an alias is the planner's affair, which looks it up
// in the very catalog that it changes.
func (s *Service) checkAlias(alias, collection string) error {
	if err := model.ValidateAliasName(alias, s.Limits); err != nil {
		return err
	}
	return model.ValidateCollectionName(collection, s.Limits)
}

func (s *Service) dropAlias(ctx context.Context, req *milvuspb.DropAliasRequest) (*commonpb.Status, error) {
	return s.run(ctx, "DropAlias", &dropAliasTask{ddl: ddl{Service: s}, req: req})
}

type dropAliasTask struct {
	ddl
	req *milvuspb.DropAliasRequest
}

// PreExecute checks nothing: an alias that cannot be is one that is not there.
func (t *dropAliasTask) PreExecute(context.Context) error { return nil }

func (t *dropAliasTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropAlias{
		DropAlias: &taprootv1.DropAlias{Database: t.req.GetDbName(), Alias: t.req.GetAlias()},
	}})
}
