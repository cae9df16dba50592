package server

import (
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
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
		return steps.AddField{Database: m.GetDatabase(), Collection: m.GetCollection(), Field: field(m.GetField()), Function: function(m.GetFunction())}, nil
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
	default:
		return nil, errs.Unimplemented.New("this coordinator does not know that statement")
	}
}
