// Package rootclient is how a proxy speaks with the coordinator: it sends statements and fetches timestamps.
//
// The one idea: a call has one request id for its whole life. Where an answer got lost, or the leader is changing, the
// same request goes out again under the same id, and the coordinator answers a repetition as it answered the first time;
// so a retry here can never do something twice.
//
// Over a network the Client wraps the generated gRPC clients; inside one process InProcess calls the handlers directly.
package rootclient
