package milvus

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/metastore/errs"
)

// What is asked for by RPCs that are not served. Each goes into a sentence after the RPC's name.
const (
	noStreaming = "needs a data plane that takes rows (streaming nodes), and taproot is a metadata service without one"
	noQuery     = "needs a data plane that searches (query nodes), and taproot is a metadata service without one"
	noSegments  = "needs a data plane that stores and compacts segments (data nodes), and taproot is a metadata service without one"
	noReplicate = "needs a data plane that replicates its log (streaming nodes), and taproot is a metadata service without one"
	noText      = "needs a data plane that analyses text, and taproot is a metadata service without one"
	noAccess    = "needs access control (users, roles, privileges), which this version of taproot does not have"
	noMetrics   = "tells of the nodes of a Milvus cluster, and taproot is a metadata service without them; its own metrics are served over HTTP"
	noDistance  = "is deprecated and has no service behind it, in Milvus neither"
)

// missing says of the RPCs that are not served which service is missing.
var missing = map[string]string{
	"Insert": noStreaming, "Delete": noStreaming, "Upsert": noStreaming,

	"Search": noQuery, "HybridSearch": noQuery, "Query": noQuery, "LoadBalance": noQuery,

	"Import": noSegments, "GetImportState": noSegments, "ListImportTasks": noSegments,
	"ListIndexedSegment": noSegments, "DescribeSegmentIndexData": noSegments,
	"CreateSnapshot": noSegments, "DropSnapshot": noSegments, "ListSnapshots": noSegments, "DescribeSnapshot": noSegments,
	"RestoreSnapshot": noSegments, "RestoreExternalSnapshot": noSegments, "ExportSnapshot": noSegments,
	"GetRestoreSnapshotState": noSegments, "ListRestoreSnapshotJobs": noSegments,
	"PinSnapshotData": noSegments, "UnpinSnapshotData": noSegments, "BatchUpdateManifest": noSegments,
	"RefreshExternalCollection": noSegments, "GetRefreshExternalCollectionProgress": noSegments, "ListRefreshExternalCollectionJobs": noSegments,

	"ReplicateMessage": noReplicate, "UpdateReplicateConfiguration": noReplicate, "GetReplicateConfiguration": noReplicate,
	"GetReplicateInfo": noReplicate, "CreateReplicateStream": noReplicate, "DumpMessages": noReplicate,

	"RunAnalyzer": noText, "ComputePhraseMatchSlop": noText,
	"AddFileResource": noText, "RemoveFileResource": noText, "ListFileResources": noText,

	"CreateCredential": noAccess, "UpdateCredential": noAccess, "DeleteCredential": noAccess, "ListCredUsers": noAccess,
	"CreateRole": noAccess, "AlterRole": noAccess, "DropRole": noAccess, "OperateUserRole": noAccess,
	"SelectRole": noAccess, "SelectUser": noAccess, "SelectGrant": noAccess,
	"OperatePrivilege": noAccess, "OperatePrivilegeV2": noAccess, "BackupRBAC": noAccess, "RestoreRBAC": noAccess,
	"CreatePrivilegeGroup": noAccess, "DropPrivilegeGroup": noAccess, "ListPrivilegeGroups": noAccess, "OperatePrivilegeGroup": noAccess,
	"AddUserTags": noAccess, "DeleteUserTags": noAccess, "GetUserTags": noAccess, "ListUsersWithTag": noAccess,
	"CreateRowPolicy": noAccess, "DropRowPolicy": noAccess, "ListRowPolicies": noAccess,

	"GetMetrics": noMetrics, "RegisterLink": noMetrics, "Dummy": noMetrics,
	"CalcDistance": noDistance,
}

// unimplemented is the endpoint of all RPCs that have none. In-band as a rule, because an SDK takes gRPC's
// UNIMPLEMENTED for success; but where the reply has no place for a refusal there is no choice.
func (m *method) unimplemented(context.Context, any) (any, error) {
	why := m.name + " " + why(m.name)
	if !m.isStatus && m.status == nil {
		return nil, status.Error(codes.Unimplemented, why)
	}
	return nil, errs.NotImplemented("%s", why)
}

// why says what is missing for an RPC. One that is newer than this version is in no list.
func why(name string) string {
	if text, ok := missing[name]; ok {
		return text
	}
	return "is not served by this version of taproot, which is a metadata service without a data plane"
}
