package milvus

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

func (s *Service) describeAlias(_ context.Context, req *milvuspb.DescribeAliasRequest) (*milvuspb.DescribeAliasResponse, error) {
	if err := model.ValidateAliasName(req.GetAlias(), s.Limits); err != nil {
		return nil, err
	}
	snap := s.source.Snapshot()
	db, err := database(snap, req.GetDbName())
	if err != nil {
		return nil, err
	}
	a, ok := snap.Alias(db.ID, req.GetAlias())
	if !ok {
		return nil, errs.NoAlias(db.Name, req.GetAlias())
	}
	c, ok := snap.CollectionByID(a.Collection)
	if !ok {
		// It is there, but not visible: in a Snapshot no alias points nowhere, so code 1603 cannot come up.
		return nil, errs.NoAlias(db.Name, req.GetAlias())
	}
	return &milvuspb.DescribeAliasResponse{DbName: req.GetDbName(), Alias: a.Name, Collection: c.Name}, nil
}

// listAliases lists in byte order: all aliases of a database, or those of one collection, which may itself be named by
// an alias and is answered by its real name. Nothing that would be in the way of a new name is left out (pains.md 24).
func (s *Service) listAliases(_ context.Context, req *milvuspb.ListAliasesRequest) (*milvuspb.ListAliasesResponse, error) {
	name := req.GetCollectionName()
	if name != "" {
		if err := model.ValidateCollectionName(name, s.Limits); err != nil {
			return nil, err
		}
	}
	snap := s.source.Snapshot()
	db, err := database(snap, req.GetDbName())
	if err != nil {
		return nil, err
	}
	reply := &milvuspb.ListAliasesResponse{DbName: req.GetDbName()}
	if name == "" {
		for a := range snap.Aliases(db.ID) {
			reply.Aliases = append(reply.Aliases, a.Name)
		}
		return reply, nil
	}
	c, ok := snap.Resolve(db.ID, name)
	if !ok {
		return nil, errs.NoCollectionID(name)
	}
	reply.CollectionName = c.Name
	reply.Aliases = append(reply.Aliases, c.Aliases()...)
	return reply, nil
}
