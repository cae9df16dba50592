package server

import (
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
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
	case *taprootv1.ExecuteRequest_AlterCollection:
		m := s.AlterCollection
		return steps.AlterCollection{Database: m.GetDatabase(), Collection: m.GetCollection(), Alteration: alteration(m)}, nil
	case *taprootv1.ExecuteRequest_AlterField:
		m := s.AlterField
		return steps.AlterField{Database: m.GetDatabase(), Collection: m.GetCollection(), Field: m.GetField(), Alteration: alteration(m)}, nil
	case *taprootv1.ExecuteRequest_TruncateCollection:
		m := s.TruncateCollection
		return steps.TruncateCollection{Database: m.GetDatabase(), Collection: m.GetCollection()}, nil
	case *taprootv1.ExecuteRequest_AddField:
		m := s.AddField
		return steps.AddField{Database: m.GetDatabase(), Collection: m.GetCollection(), Field: field(m.GetField()), Function: function(m.GetFunction()), Index: fieldIndex(m.GetIndex())}, nil
	case *taprootv1.ExecuteRequest_AddStructField:
		m := s.AddStructField
		return steps.AddStructField{Database: m.GetDatabase(), Collection: m.GetCollection(), Field: structField(m.GetField())}, nil
	case *taprootv1.ExecuteRequest_DropField:
		m := s.DropField
		return steps.DropField{
			Database: m.GetDatabase(), Collection: m.GetCollection(), Field: m.GetField(), ID: model.ID(m.GetFieldId()), Function: m.GetFunction(),
		}, nil
	case *taprootv1.ExecuteRequest_AddFunction:
		m := s.AddFunction
		return steps.AddFunction{Database: m.GetDatabase(), Collection: m.GetCollection(), Function: function(m.GetFunction())}, nil
	case *taprootv1.ExecuteRequest_AlterFunction:
		m := s.AlterFunction
		return steps.AlterFunction{
			Database: m.GetDatabase(), Collection: m.GetCollection(), Name: m.GetName(), Function: function(m.GetFunction()),
		}, nil
	case *taprootv1.ExecuteRequest_DropFunction:
		m := s.DropFunction
		return steps.DropFunction{Database: m.GetDatabase(), Collection: m.GetCollection(), Function: m.GetFunction()}, nil
	case *taprootv1.ExecuteRequest_CreateResourceGroup:
		m := s.CreateResourceGroup
		return steps.CreateResourceGroup{Name: m.GetName(), Spec: newGroup(m.GetConfig())}, nil
	case *taprootv1.ExecuteRequest_DropResourceGroup:
		return steps.DropResourceGroup{Name: s.DropResourceGroup.GetName()}, nil
	case *taprootv1.ExecuteRequest_UpdateResourceGroups:
		return steps.UpdateResourceGroups{Specs: groupSpecs(s.UpdateResourceGroups.GetConfigs())}, nil
	case *taprootv1.ExecuteRequest_TransferNode:
		m := s.TransferNode
		return steps.TransferNode{Source: m.GetSource(), Target: m.GetTarget(), Nodes: m.GetNodes()}, nil
	case *taprootv1.ExecuteRequest_TransferReplica:
		m := s.TransferReplica
		return steps.TransferReplica{Transfer: ddl.Transfer{
			Database: m.GetDatabase(), Collection: m.GetCollection(), Source: m.GetSource(), Target: m.GetTarget(), Replicas: m.GetReplicas(),
		}}, nil
	case *taprootv1.ExecuteRequest_Report:
		r, err := report(s.Report)
		return steps.Report{Report: r}, err
	case *taprootv1.ExecuteRequest_LoadCollection:
		m := s.LoadCollection
		return steps.LoadCollection{Database: m.GetDatabase(), Collection: m.GetCollection(), Options: loadOptions(m.GetOptions())}, nil
	case *taprootv1.ExecuteRequest_LoadPartitions:
		m := s.LoadPartitions
		return steps.LoadPartitions{
			Database: m.GetDatabase(), Collection: m.GetCollection(), Partitions: m.GetPartitions(), Options: loadOptions(m.GetOptions()),
		}, nil
	case *taprootv1.ExecuteRequest_ReleaseCollection:
		m := s.ReleaseCollection
		return steps.ReleaseCollection{Database: m.GetDatabase(), Collection: m.GetCollection()}, nil
	case *taprootv1.ExecuteRequest_ReleasePartitions:
		m := s.ReleasePartitions
		return steps.ReleasePartitions{Database: m.GetDatabase(), Collection: m.GetCollection(), Partitions: m.GetPartitions()}, nil
	case *taprootv1.ExecuteRequest_CreateIndex:
		m := s.CreateIndex
		return steps.CreateIndex{Database: m.GetDatabase(), Collection: m.GetCollection(), Index: indexSpec(m)}, nil
	case *taprootv1.ExecuteRequest_AlterIndex:
		m := s.AlterIndex
		return steps.AlterIndex{Database: m.GetDatabase(), Collection: m.GetCollection(), Index: m.GetIndex(), Alteration: alteration(m)}, nil
	case *taprootv1.ExecuteRequest_DropIndex:
		m := s.DropIndex
		return steps.DropIndex{Database: m.GetDatabase(), Collection: m.GetCollection(), Index: m.GetIndex()}, nil
	default:
		return nil, errs.Unimplemented.New("this coordinator does not know that statement")
	}
}
