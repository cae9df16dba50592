package milvus

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/metastore/model"
)

// listDatabases lists by ascending id, which is the order of creation. Their timestamps are nanoseconds, as everywhere
// in Milvus.
func (s *Service) listDatabases(context.Context, *milvuspb.ListDatabasesRequest) (*milvuspb.ListDatabasesResponse, error) {
	reply := &milvuspb.ListDatabasesResponse{}
	for db := range s.source.Snapshot().Databases() {
		reply.DbNames = append(reply.DbNames, db.Name)
		reply.DbIds = append(reply.DbIds, int64(db.ID))
		reply.CreatedTimestamp = append(reply.CreatedTimestamp, db.Created)
	}
	return reply, nil
}

func (s *Service) describeDatabase(_ context.Context, req *milvuspb.DescribeDatabaseRequest) (*milvuspb.DescribeDatabaseResponse, error) {
	name := req.GetDbName()
	if name == "" {
		name = model.DefaultDatabase
	}
	db, err := database(s.source.Snapshot(), name)
	if err != nil {
		return nil, err
	}
	return &milvuspb.DescribeDatabaseResponse{
		DbName:           db.Name,
		DbID:             int64(db.ID),
		CreatedTimestamp: db.Created,
		Properties:       keyValues(db.Properties),
	}, nil
}
