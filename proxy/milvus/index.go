package milvus

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// describeIndex is what SDKs call until an index is finished. As in Milvus field_name is overlooked, and the time_stamp says when the
// index was created, not of when to tell.
func (s *Service) describeIndex(_ context.Context, req *milvuspb.DescribeIndexRequest) (*milvuspb.DescribeIndexResponse, error) {
	c, found, err := s.indexesNamed(req)
	if err != nil {
		return nil, err
	}
	list, err := s.indexDescriptions(c, found, (*model.Index).Described)
	if err != nil {
		return nil, err
	}
	return &milvuspb.DescribeIndexResponse{IndexDescriptions: list}, nil
}

func (s *Service) getIndexStatistics(
	_ context.Context, req *milvuspb.GetIndexStatisticsRequest,
) (*milvuspb.GetIndexStatisticsResponse, error) {
	c, found, err := s.indexesNamed(req)
	if err != nil {
		return nil, err
	}
	list, err := s.indexDescriptions(c, found, func(i *model.Index) []model.Property {
		if len(i.UserParams) == 0 {
			return i.IndexParams
		}
		return i.UserParams
	})
	if err != nil {
		return nil, err
	}
	return &milvuspb.GetIndexStatisticsResponse{IndexDescriptions: list}, nil
}

// getIndexState is deprecated, and still called.
func (s *Service) getIndexState(_ context.Context, req *milvuspb.GetIndexStateRequest) (*milvuspb.GetIndexStateResponse, error) {
	c, i, err := s.onlyIndex(req)
	if err != nil {
		return nil, err
	}
	p := s.indexProgress(c, i)
	return &milvuspb.GetIndexStateResponse{State: indexState(p.State), FailReason: p.Reason}, nil
}

// getIndexBuildProgress is deprecated, and still called.
func (s *Service) getIndexBuildProgress(
	_ context.Context, req *milvuspb.GetIndexBuildProgressRequest,
) (*milvuspb.GetIndexBuildProgressResponse, error) {
	c, i, err := s.onlyIndex(req)
	if err != nil {
		return nil, err
	}
	p := s.indexProgress(c, i)
	return &milvuspb.GetIndexBuildProgressResponse{IndexedRows: p.Indexed, TotalRows: p.Total}, nil
}

// indexRequest is a request about the indexes of a collection.
type indexRequest interface {
	inCollection
	GetIndexName() string
}

// indexesOf returns the indexes of that name, all for the empty name, by ascending id.
func (s *Service) indexesOf(req indexRequest) (*catalog.Collection, []*model.Index, error) {
	snap := s.source.Snapshot()
	c, err := collection(snap, req.GetDbName(), req.GetCollectionName())
	if err != nil {
		return nil, nil, err
	}
	if err := intact(snap, c.ID); err != nil {
		return nil, nil, err
	}
	var found []*model.Index
	for i := range c.Indexes() {
		if name := req.GetIndexName(); name == "" || name == i.Name {
			found = append(found, i)
		}
	}
	return c, found, nil
}

// indexesNamed is indexesOf for requests that are refused where there are none. SDKs take that for an empty list by its code.
func (s *Service) indexesNamed(req indexRequest) (*catalog.Collection, []*model.Index, error) {
	c, found, err := s.indexesOf(req)
	switch name := req.GetIndexName(); {
	case err != nil:
		return nil, nil, err
	case len(found) == 0 && name == "":
		return nil, nil, errs.NoIndexOf(req.GetCollectionName())
	case len(found) == 0:
		return nil, nil, errs.NoIndex(name)
	}
	return c, found, nil
}

// onlyIndex is indexesOf for requests about one index.
func (s *Service) onlyIndex(req indexRequest) (*catalog.Collection, *model.Index, error) {
	c, found, err := s.indexesOf(req)
	switch {
	case err != nil:
		return nil, nil, err
	case len(found) == 0:
		return nil, nil, errs.NoIndex(req.GetIndexName())
	case len(found) > 1:
		return nil, nil, errs.ManyIndexes(req.GetIndexName())
	}
	return c, found[0], nil
}

// indexState is the state that clients wait for. Milvus has more of them, which say what its own builders are doing.
func indexState(s model.ReportState) commonpb.IndexState {
	switch s {
	case model.ReportDone:
		return commonpb.IndexState_Finished
	case model.ReportFailed:
		return commonpb.IndexState_Failed
	default:
		return commonpb.IndexState_InProgress
	}
}

// maxIndexBytes bounds the parameters in one answer, which nothing else does: indexes of JSON paths are as many as clients like. It is what
// clients of the API receive at most.
const maxIndexBytes = 64 << 20

// indexDescriptions describes indexes of c with those of their parameters that params chooses.
func (s *Service) indexDescriptions(
	c *catalog.Collection, indexes []*model.Index, params func(*model.Index) []model.Property,
) ([]*milvuspb.IndexDescription, error) {
	list := make([]*milvuspb.IndexDescription, 0, len(indexes))
	size := 0
	for _, i := range indexes {
		shown := params(i)
		size += len(i.Name)
		for _, p := range shown {
			size += len(p.Key) + len(p.Value)
		}
		if size > maxIndexBytes {
			return nil, errs.TooLarge("the descriptions of %d indexes are more than %d bytes, name one", len(indexes), maxIndexBytes)
		}
		list = append(list, s.indexDescription(c, i, shown))
	}
	return list, nil
}

func (s *Service) indexDescription(c *catalog.Collection, i *model.Index, params []model.Property) *milvuspb.IndexDescription {
	p := s.indexProgress(c, i)
	return &milvuspb.IndexDescription{
		IndexName:            i.Name,
		IndexID:              int64(i.ID),
		Params:               keyValues(params),
		FieldName:            indexedField(c, i),
		IndexedRows:          p.Indexed,
		TotalRows:            p.Total,
		PendingIndexRows:     max(p.Total-p.Indexed, 0),
		State:                indexState(p.State),
		IndexStateFailReason: p.Reason,
	}
}

// indexedField returns the name of the field that is indexed, as clients see it; empty if the field is gone, as in no catalog of ours.
func indexedField(c *catalog.Collection, i *model.Index) string {
	for f := range c.Fields() {
		if f.ID == i.Field {
			return i.ShownField(f)
		}
	}
	for st := range c.StructFields() {
		for _, f := range st.Fields {
			if f.ID == i.Field {
				return f.Name
			}
		}
	}
	return ""
}
