package milvus

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

func (s *Service) createDatabase(ctx context.Context, req *milvuspb.CreateDatabaseRequest) (*commonpb.Status, error) {
	return s.run(ctx, "CreateDatabase", &createDatabaseTask{ddl: ddl{Service: s}, req: req})
}

type createDatabaseTask struct {
	ddl
	req        *milvuspb.CreateDatabaseRequest
	properties []model.Property
}

func (t *createDatabaseTask) PreExecute(context.Context) error {
	t.properties = propertiesOf(t.req.GetProperties())
	return model.ValidateCreateDatabase(t.req.GetDbName(), t.properties, t.Limits)
}

func (t *createDatabaseTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_CreateDatabase{
		CreateDatabase: &taprootv1.CreateDatabase{Database: t.req.GetDbName(), Properties: statementProperties(t.properties)},
	}})
}

func (s *Service) dropDatabase(ctx context.Context, req *milvuspb.DropDatabaseRequest) (*commonpb.Status, error) {
	return s.run(ctx, "DropDatabase", &dropDatabaseTask{ddl: ddl{Service: s}, req: req})
}

type dropDatabaseTask struct {
	ddl
	req *milvuspb.DropDatabaseRequest
}

func (t *dropDatabaseTask) PreExecute(context.Context) error {
	return model.ValidateDatabaseName(t.req.GetDbName(), t.Limits)
}

func (t *dropDatabaseTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropDatabase{
		DropDatabase: &taprootv1.DropDatabase{Database: t.req.GetDbName()},
	}})
}

func (s *Service) alterDatabase(ctx context.Context, req *milvuspb.AlterDatabaseRequest) (*commonpb.Status, error) {
	return s.run(ctx, "AlterDatabase", &alterDatabaseTask{ddl: ddl{Service: s}, req: req})
}

type alterDatabaseTask struct {
	ddl
	req *milvuspb.AlterDatabaseRequest
	set []model.Property
}

func (t *alterDatabaseTask) PreExecute(context.Context) error {
	t.set = propertiesOf(t.req.GetProperties())
	return model.ValidateAlterDatabase(t.req.GetDbName(), t.set, t.req.GetDeleteKeys())
}

func (t *alterDatabaseTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterDatabase{
		AlterDatabase: &taprootv1.AlterDatabase{
			Database: t.req.GetDbName(), Set: statementProperties(t.set), Delete: t.req.GetDeleteKeys(),
		},
	}})
}
