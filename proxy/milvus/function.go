package milvus

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

func (s *Service) addCollectionFunction(ctx context.Context, req *milvuspb.AddCollectionFunctionRequest) (*commonpb.Status, error) {
	fn := functionOf(req.GetFunctionSchema())
	if err := model.ValidateAddFunctionForm(fn); err != nil {
		return nil, err
	}
	return s.run(ctx, "AddCollectionFunction", &schemaTask{
		ddl: ddl{Service: s}, database: req.GetDbName(), collection: req.GetCollectionName(), notFound: errs.NoCollection,
		check: func(c *catalog.Collection) error { return c.Schema().ValidateAddFunction(fn, s.Limits) },
		request: &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AddFunction{AddFunction: &taprootv1.AddFunction{
			Database: req.GetDbName(), Collection: req.GetCollectionName(), Function: statementFunction(fn),
		}}},
	})
}

func (s *Service) alterCollectionFunction(ctx context.Context, req *milvuspb.AlterCollectionFunctionRequest) (*commonpb.Status, error) {
	fn := functionOf(req.GetFunctionSchema())
	if err := model.ValidateAlterFunctionForm(req.GetFunctionName(), fn); err != nil {
		return nil, err
	}
	return s.run(ctx, "AlterCollectionFunction", &schemaTask{
		ddl: ddl{Service: s}, database: req.GetDbName(), collection: req.GetCollectionName(), notFound: errs.NoCollection,
		check: func(c *catalog.Collection) error { return c.Schema().ValidateAlterFunction(fn, s.Limits) },
		request: &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterFunction{AlterFunction: &taprootv1.AlterFunction{
			Database: req.GetDbName(), Collection: req.GetCollectionName(), Name: req.GetFunctionName(), Function: statementFunction(fn),
		}}},
	})
}

func (s *Service) dropCollectionFunction(ctx context.Context, req *milvuspb.DropCollectionFunctionRequest) (*commonpb.Status, error) {
	return s.dropFunction(ctx, "DropCollectionFunction", req, req.GetFunctionName())
}

func (s *Service) dropFunction(ctx context.Context, rpc string, req inCollection, name string) (*commonpb.Status, error) {
	return s.run(ctx, rpc, &schemaTask{
		ddl: ddl{Service: s}, database: req.GetDbName(), collection: req.GetCollectionName(), notFound: errs.NoCollection,
		check: func(c *catalog.Collection) error {
			_, err := c.Schema().ValidateDropFunction(name)
			return err
		},
		request: &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropFunction{DropFunction: &taprootv1.DropFunction{
			Database: req.GetDbName(), Collection: req.GetCollectionName(), Function: name,
		}}},
	})
}
