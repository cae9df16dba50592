package model

import "github.com/taproot-db/taproot/metastore/errs"

// checkClusteringKey: nothing relates the clustering key to the partition key (ddl-semantics §3.3).
func checkClusteringKey(s *CollectionSpec, l *Limits) error {
	var key *Field
	for _, f := range s.Fields {
		switch {
		case !f.ClusteringKey:
		case f.Type.Vector() && !l.VectorClusteringKey:
			return errs.NoVectorClusteringKey(s.SchemaName)
		case !f.Type.clusters():
			return errs.BadSchema(s.SchemaName, "clustering key field %s has unsupported data type %s", f.Name, f.Type)
		case key != nil:
			return errs.BadSchema(s.SchemaName, "there are more than one clustering key, field name = %s, %s", key.Name, f.Name)
		default:
			key = f
		}
	}
	for _, f := range s.StructFields {
		if err := f.checkClusteringKey(s.SchemaName); err != nil {
			return err
		}
	}
	return nil
}

// clusters reports whether rows can be brought into order by values of the type.
func (t DataType) clusters() bool {
	switch t {
	case Int8, Int16, Int32, Int64, Float, Double, VarChar, FloatVector:
		return true
	default:
		return false
	}
}
