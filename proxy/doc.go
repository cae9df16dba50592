// Package proxy wires the face of taproot that SDKs see: the MilvusService, the client of the coordinator behind it,
// and what a gRPC server needs so that all SDKs are content with it.
//
// The one idea: a proxy is given where to read (a Source) and whom to ask (the generated client interfaces). In one
// process both are the coordinator itself; otherwise a replica and a connection. It never touches storage.
package proxy
