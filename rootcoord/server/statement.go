package server

import (
	"github.com/taproot-db/taproot/metastore/errs"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/rootcoord/ddl"
	"github.com/taproot-db/taproot/rootcoord/steps"
)

// statement turns the statement of a request into the one that steps knows: one case for each.
func statement(req *taprootv1.ExecuteRequest) (steps.Request, error) {
	switch s := req.GetStatement().(type) {
	case *taprootv1.ExecuteRequest_CreateCollection:
		m := s.CreateCollection
		return steps.CreateCollection{Database: m.GetDatabase(), Spec: spec(m.GetSpec())}, nil
	case *taprootv1.ExecuteRequest_DropCollection:
		m := s.DropCollection
		return steps.DropCollection{Database: m.GetDatabase(), Name: m.GetCollection()}, nil
	case *taprootv1.ExecuteRequest_CreatePartition:
		m := s.CreatePartition
		return steps.CreatePartition{Database: m.GetDatabase(), Collection: m.GetCollection(), Name: m.GetPartition()}, nil
	case *taprootv1.ExecuteRequest_DropPartition:
		m := s.DropPartition
		return steps.DropPartition{Database: m.GetDatabase(), Collection: m.GetCollection(), Name: m.GetPartition()}, nil
	case *taprootv1.ExecuteRequest_CreateDatabase:
		m := s.CreateDatabase
		return steps.CreateDatabase{Name: m.GetDatabase(), Properties: properties(m.GetProperties())}, nil
	case *taprootv1.ExecuteRequest_DropDatabase:
		return steps.DropDatabase{Name: s.DropDatabase.GetDatabase()}, nil
	case *taprootv1.ExecuteRequest_AlterDatabase:
		m := s.AlterDatabase
		return steps.AlterDatabase{Name: m.GetDatabase(), Set: properties(m.GetSet()), Remove: m.GetDelete()}, nil
	case *taprootv1.ExecuteRequest_CreateAlias:
		m := s.CreateAlias
		return steps.CreateAlias{Database: m.GetDatabase(), Collection: m.GetCollection(), Alias: m.GetAlias()}, nil
	case *taprootv1.ExecuteRequest_AlterAlias:
		m := s.AlterAlias
		return steps.AlterAlias{Database: m.GetDatabase(), Collection: m.GetCollection(), Alias: m.GetAlias()}, nil
	case *taprootv1.ExecuteRequest_DropAlias:
		m := s.DropAlias
		return steps.DropAlias{Database: m.GetDatabase(), Alias: m.GetAlias()}, nil
	case *taprootv1.ExecuteRequest_RenameCollection:
		m := s.RenameCollection
		return steps.RenameCollection{Rename: ddl.Rename{
			Database: m.GetDatabase(), Name: m.GetCollection(), NewDatabase: m.GetNewDatabase(), NewName: m.GetNewCollection(),
		}}, nil
	default:
		return nil, errs.Unimplemented.New("this coordinator does not know that statement")
	}
}
