package main

import (
	"strconv"
	"strings"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/spf13/cobra"
)

// condition is how a service is.
type condition struct {
	Address string   `json:"address" yaml:"address"`
	Version string   `json:"version" yaml:"version"`
	Healthy bool     `json:"healthy" yaml:"healthy"`
	Reasons []string `json:"reasons,omitempty" yaml:"reasons,omitempty"`
	Role    string   `json:"role" yaml:"role"`
	State   string   `json:"state" yaml:"state"`
	// Databases and Collections are missing while nobody can count them.
	Databases   *int64 `json:"databases,omitempty" yaml:"databases,omitempty"`
	Collections *int64 `json:"collections,omitempty" yaml:"collections,omitempty"`
	// Info is what else the service tells about itself.
	Info map[string]string `json:"info,omitempty" yaml:"info,omitempty"`

	order []string // of Info, as it was told
}

func newStatus() *cobra.Command {
	return verb("status", "Show how a service is; fails if it does not serve", nil, showStatus)
}

func showStatus(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, _ []string) error {
	v, err := api.GetVersion(cmd.Context(), &milvuspb.GetVersionRequest{})
	if err != nil {
		return err
	}
	s := &condition{Address: c.addr, Version: v.GetVersion()}
	health, err := api.CheckHealth(cmd.Context(), &milvuspb.CheckHealthRequest{})
	if err != nil {
		s.Reasons = []string{err.Error()} // in-band: why it is not
	} else {
		s.Healthy, s.Reasons = health.GetIsHealthy(), health.GetReasons()
	}
	states, err := api.GetComponentStates(cmd.Context(), &milvuspb.GetComponentStatesRequest{})
	if err != nil {
		return err
	}
	s.fill(states.GetState())
	if s.Healthy && (s.Databases == nil || s.Collections == nil) {
		if err := s.count(cmd, api); err != nil {
			return err
		}
	}
	if err := c.write(cmd, s, s.table); err != nil {
		return err
	}
	if !s.Healthy {
		return errors.Newf("taproot at %s is not ready: %s", c.addr, strings.Join(s.Reasons, "; "))
	}
	return nil
}

func (s *condition) fill(info *milvuspb.ComponentInfo) {
	s.Role, s.State = info.GetRole(), info.GetStateCode().String()
	for _, p := range info.GetExtraInfo() {
		n, err := strconv.ParseInt(p.GetValue(), 10, 64)
		switch {
		case p.GetKey() == "databases" && err == nil:
			s.Databases = &n
		case p.GetKey() == "collections" && err == nil:
			s.Collections = &n
		case p.GetKey() == "version" && p.GetValue() == s.Version:
		default:
			if s.Info == nil {
				s.Info = map[string]string{}
			}
			s.Info[p.GetKey()] = p.GetValue()
			s.order = append(s.order, p.GetKey())
		}
	}
}

// count asks for what the service did not tell by itself: a plain Milvus does not.
func (s *condition) count(cmd *cobra.Command, api milvuspb.MilvusServiceClient) error {
	dbs, err := api.ListDatabases(cmd.Context(), &milvuspb.ListDatabasesRequest{})
	if err != nil {
		return err
	}
	databases, collections := int64(len(dbs.GetDbNames())), int64(0)
	for _, db := range dbs.GetDbNames() {
		r, err := api.ShowCollections(cmd.Context(), &milvuspb.ShowCollectionsRequest{DbName: db})
		if err != nil {
			return err
		}
		collections += int64(len(r.GetCollectionNames()))
	}
	s.Databases, s.Collections = &databases, &collections
	return nil
}

func (s *condition) table(t *table) {
	t.row("address", s.Address)
	t.row("version", s.Version)
	t.row("healthy", s.Healthy)
	for _, reason := range s.Reasons {
		t.row("reason", reason)
	}
	t.row("role", s.Role)
	t.row("state", s.State)
	if s.Databases != nil && s.Collections != nil {
		t.row("databases", *s.Databases)
		t.row("collections", *s.Collections)
	}
	for _, key := range s.order {
		t.row(key, s.Info[key])
	}
}
