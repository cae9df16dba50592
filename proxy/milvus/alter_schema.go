package milvus

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// schemaTask is a statement that changes the schema of a collection.
type schemaTask struct {
	ddl
	database, collection string
	// notFound words the refusal of a collection that is missing.
	notFound func(database, collection string) error
	// check refuses what the collection does not take; nil checks nothing.
	check   func(c *catalog.Collection) error
	request *taprootv1.ExecuteRequest
}

func (t *schemaTask) PreExecute(context.Context) error {
	c, err := collection(t.source.Snapshot(), t.database, t.collection)
	switch {
	case errs.CollectionNotFound.Is(err):
		return t.notFound(t.database, t.collection)
	case err != nil:
		return err
	case t.check == nil:
		return nil
	}
	return t.check(c)
}

func (t *schemaTask) complete() bool { return true }

func (t *schemaTask) Execute(ctx context.Context) error { return t.submit(ctx, t.request) }

func (s *Service) addCollectionField(ctx context.Context, req *milvuspb.AddCollectionFieldRequest) (*commonpb.Status, error) {
	var schema schemapb.FieldSchema
	if err := proto.Unmarshal(req.GetSchema(), &schema); err != nil {
		return nil, errs.Untyped(err.Error())
	}
	return s.addField(ctx, "AddCollectionField", req, addedField{schema: &schema})
}

// inCollection is what all requests about a collection have in common.
type inCollection interface {
	GetDbName() string
	GetCollectionName() string
}

// addedField is a field to add, with the function that fills it and its index, if any.
type addedField struct {
	schema   *schemapb.FieldSchema
	function *schemapb.FunctionSchema
	index    *taprootv1.FieldIndex
}

// addField adds a field. It looks for the collection as DescribeCollection does, as Milvus itself calls that.
func (s *Service) addField(ctx context.Context, rpc string, req inCollection, q addedField) (*commonpb.Status, error) {
	if q.schema == nil {
		return nil, errs.Missing("field schema is empty")
	}
	if q.schema.GetExternalField() != "" {
		return nil, errExternal
	}
	f, fn := fieldOf(q.schema), functionOf(q.function)
	add := &taprootv1.AddField{Database: req.GetDbName(), Collection: req.GetCollectionName(), Field: statementField(f), Index: q.index}
	if fn != nil {
		add.Function = statementFunction(fn)
	}
	return s.run(ctx, rpc, &schemaTask{
		ddl: ddl{Service: s}, database: req.GetDbName(), collection: req.GetCollectionName(), notFound: errs.CannotFindCollection,
		check:   func(c *catalog.Collection) error { return c.Schema().ValidateAddField(f, fn, s.Limits) },
		request: &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AddField{AddField: add}},
	})
}

var errExternal = errs.NotImplemented("external collections are not supported")

func (s *Service) addCollectionStructField(ctx context.Context, req *milvuspb.AddCollectionStructFieldRequest) (*commonpb.Status, error) {
	schema := req.GetStructArrayFieldSchema()
	if schema == nil {
		return nil, errs.Missing("struct field schema is empty")
	}
	for _, sub := range schema.GetFields() {
		if sub.GetExternalField() != "" {
			return nil, errExternal
		}
	}
	f := structFieldOf(schema)
	return s.run(ctx, "AddCollectionStructField", &schemaTask{
		ddl: ddl{Service: s}, database: req.GetDbName(), collection: req.GetCollectionName(), notFound: errs.CannotFindCollection,
		check: func(c *catalog.Collection) error { return c.Schema().ValidateAddStructField(f, s.Limits) },
		request: &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AddStructField{AddStructField: &taprootv1.AddStructField{
			Database: req.GetDbName(), Collection: req.GetCollectionName(), Field: statementStructField(f),
		}}},
	})
}

// alterCollectionSchema adds or drops one field, or one function together with the field it fills. The status of its reply has a name of
// its own.
func (s *Service) alterCollectionSchema(
	ctx context.Context, req *milvuspb.AlterCollectionSchemaRequest,
) (*milvuspb.AlterCollectionSchemaResponse, error) {
	var st *commonpb.Status
	var err error
	switch op := req.GetAction().GetOp().(type) {
	case *milvuspb.AlterCollectionSchemaRequest_Action_AddRequest:
		st, err = s.addToSchema(ctx, req, op.AddRequest)
	case *milvuspb.AlterCollectionSchemaRequest_Action_DropRequest:
		st, err = s.dropFromSchema(ctx, req, op.DropRequest)
	default:
		err = errs.Invalid("the schema change names nothing to add or to drop")
	}
	if err != nil {
		return nil, err
	}
	return &milvuspb.AlterCollectionSchemaResponse{AlterStatus: st}, nil
}

// addToSchema overlooks do_physical_backfill: what fills rows that are there is a data plane. The refusals are 1100, as one SDK takes
// code 10 for a reason to add the field in another way, without what is refused here.
func (s *Service) addToSchema(
	ctx context.Context, req inCollection, add *milvuspb.AlterCollectionSchemaRequest_AddRequest,
) (*commonpb.Status, error) {
	fields, functions := add.GetFieldInfos(), add.GetFuncSchema()
	if len(fields) != 1 || len(functions) > 1 {
		return nil, errs.Invalid("a schema change adds one field, or one function together with its output field, but got %d fields and %d functions",
			len(fields), len(functions))
	}
	added := addedField{schema: fields[0].GetFieldSchema()}
	if len(functions) == 1 {
		added.function = functions[0]
	}
	if name, params := fields[0].GetIndexName(), fields[0].GetExtraParams(); name != "" || len(params) > 0 {
		added.index = &taprootv1.FieldIndex{Index: name, Params: statementProperties(propertiesOf(params))}
	}
	return s.addField(ctx, "AlterCollectionSchema", req, added)
}

// dropFromSchema drops a function alone where the fields it fills are to stay, which is DropCollectionFunction.
func (s *Service) dropFromSchema(
	ctx context.Context, req inCollection, drop *milvuspb.AlterCollectionSchemaRequest_DropRequest,
) (*commonpb.Status, error) {
	name, id, function := drop.GetFieldName(), drop.GetFieldId(), drop.GetFunctionName()
	if name == "" && id == 0 && function == "" {
		return nil, errs.Invalid("the schema change names nothing to drop")
	}
	if function != "" && !drop.GetDropFunctionOutputFields() {
		return s.dropFunction(ctx, "AlterCollectionSchema", req, function)
	}
	return s.run(ctx, "AlterCollectionSchema", &schemaTask{
		ddl: ddl{Service: s}, database: req.GetDbName(), collection: req.GetCollectionName(), notFound: errs.NoCollection,
		check: func(c *catalog.Collection) (err error) {
			if schema := c.Schema(); function != "" {
				_, err = schema.DropFunctionField(function)
			} else {
				_, err = schema.DropField(name, model.ID(id))
			}
			return err
		},
		request: &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropField{DropField: &taprootv1.DropField{
			Database: req.GetDbName(), Collection: req.GetCollectionName(), Field: name, FieldId: id, Function: function,
		}}},
	})
}
