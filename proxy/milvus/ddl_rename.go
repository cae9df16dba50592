package milvus

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

func (s *Service) renameCollection(ctx context.Context, req *milvuspb.RenameCollectionRequest) (*commonpb.Status, error) {
	return s.run(ctx, "RenameCollection", &renameCollectionTask{ddl: ddl{Service: s}, req: req})
}

type renameCollectionTask struct {
	ddl
	req *milvuspb.RenameCollectionRequest
}

// PreExecute checks the new name alone, as Milvus's proxy does: the old one either names a collection or does not.
func (t *renameCollectionTask) PreExecute(context.Context) error {
	return model.ValidateCollectionName(t.req.GetNewName(), t.Limits)
}

func (t *renameCollectionTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_RenameCollection{
		RenameCollection: &taprootv1.RenameCollection{
			Database: t.req.GetDbName(), Collection: t.req.GetOldName(),
			NewDatabase: t.req.GetNewDBName(), NewCollection: t.req.GetNewName(),
		},
	}})
}
