package model

import (
	"github.com/taproot-db/taproot/metastore/errs"
)

// ResourceGroupSpec is a config as a client sends it. What it leaves out is not the same as 0 then: it is refused.
type ResourceGroupSpec struct {
	Config ResourceGroupConfig
	// HasRequests and HasLimits: they were sent at all.
	HasRequests, HasLimits bool
}

// NoNodes is what a client asks for that sends no config.
func NoNodes() *ResourceGroupSpec { return &ResourceGroupSpec{HasRequests: true, HasLimits: true} }

// ValidateResourceGroupName refuses what cannot name a resource group, with code 1101 where there is no name and 1100 otherwise.
func ValidateResourceGroupName(name string, l Limits) error {
	switch {
	case name == "":
		return errs.Missing("resource group name couldn't be empty")
	case len(name) > l.MaxNameLength:
		return errs.Invalid("Invalid resource group name %s. The length of a resource group name must be less than %d characters.",
			name, l.MaxNameLength)
	case !letter(name[0]):
		return errs.Invalid("Invalid resource group name %s. The first character of a resource group name must be an underscore or letter.", name)
	case !only(name, letterOrDigit):
		return errs.Invalid("Invalid resource group name %s. Resource group name can only contain numbers, letters and underscores.", name)
	}
	return nil
}

// Validate refuses a config that the group of that name cannot have, with code 303. exists tells which groups there are; the group itself
// need not be among them.
func (s *ResourceGroupSpec) Validate(name string, exists func(name string) bool) error {
	c := &s.Config
	switch {
	case !s.HasRequests || !s.HasLimits:
		return errs.BadGroup(name, "requests or limits is required")
	case c.Requests < 0 || c.Limits < 0:
		return errs.BadGroup(name, "node num in `requests` or `limits` should not less than 0")
	case c.Limits < c.Requests:
		return errs.BadGroup(name, "limits node num should not less than requests node num")
	}
	for _, others := range [...]struct {
		field string
		names []string
	}{{"transfer_from", c.TransferFrom}, {"transfer_to", c.TransferTo}} {
		for _, other := range others.names {
			switch {
			case other == name:
				return errs.BadGroup(name, "resource group in `%s` should not be itself", others.field)
			case !exists(other):
				return errs.BadGroup(name, "resource group in `%s` not exist", others.field)
			}
		}
	}
	return nil
}

// Configuration returns what governs the group. Records of Milvus up to 2.3 have a capacity instead of a config; it means what it meant
// there, as in the versions after.
func (g *ResourceGroup) Configuration() ResourceGroupConfig {
	switch {
	case g.Config != nil:
		return *g.Config
	case g.Name == DefaultResourceGroup:
		return ResourceGroupConfig{Limits: DefaultGroupLimit}
	default:
		return ResourceGroupConfig{Requests: g.Capacity, Limits: g.Capacity}
	}
}

// ReportedCapacity is the capacity that clients are told, which is older than requests and limits.
func (g *ResourceGroup) ReportedCapacity() int32 {
	if g.Name == DefaultResourceGroup {
		return DefaultGroupLimit
	}
	c := g.Configuration()
	return c.Requests
}

// With returns the group with another config; what else is stored of it stays.
func (g *ResourceGroup) With(c ResourceGroupConfig) *ResourceGroup {
	next := *g
	next.Config = &c
	next.Capacity = next.ReportedCapacity()
	return &next
}
