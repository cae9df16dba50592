package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/metastore/errs"
)

// addrEnv names the service where --addr does not.
const addrEnv = "TAPROOT_ADDR"

// client is how the operator's verbs reach a service, and how they answer.
type client struct {
	output
	conditions
	addr    string
	db      string
	timeout time.Duration
	conn    *grpc.ClientConn
	at      uint64 // the time of --at; zero: the latest
}

// flags adds what all verbs take.
func (c *client) flags(cmd *cobra.Command, use string) {
	addr := "127.0.0.1:19530"
	if env := os.Getenv(addrEnv); env != "" {
		addr = env
	}
	cmd.Flags().StringVar(&c.addr, "addr", addr, "host:port or unix:path of the service (also $"+addrEnv+")")
	cmd.Flags().StringVar(&c.db, "db", "", "database; empty: the default one")
	cmd.Flags().DurationVar(&c.timeout, "timeout", 10*time.Second, "how long to wait for the answer")
	c.output.flag(cmd)
	c.conditions.flags(cmd, use)
}

// verb is a command that does one thing with a service.
func verb(use, short string, args []string, do func(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error) *cobra.Command {
	c := &client{}
	cmd := &cobra.Command{
		Use: strings.Join(append([]string{use}, args...), " "), Short: short, Args: arguments(args...),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.check(cmd); err != nil {
				return err
			}
			if err := c.checkConditions(cmd); err != nil {
				return err
			}
			conn, err := c.dial()
			if err != nil {
				return usage(cmd, err)
			}
			defer func() { _ = conn.Close() }()
			ctx, cancel := context.WithTimeout(cmd.Context(), c.timeout)
			defer cancel()
			cmd.SetContext(ctx)
			c.conn = conn
			return c.finish(cmd, do(cmd, c, milvuspb.NewMilvusServiceClient(conn), args))
		},
	}
	c.flags(cmd, use)
	return cmd
}

func (c *client) dial() (*grpc.ClientConn, error) {
	target := c.addr
	if !strings.HasPrefix(target, "unix:") {
		target = "passthrough:///" + target // no look-up of service records: an address is an address
	}
	conn, err := grpc.NewClient(target,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32)), // a list is as long as the catalog
		grpc.WithUnaryInterceptor(c.call))
	return conn, errors.Wrapf(err, "--addr %s", c.addr)
}

// reply is what all answers of the API have in common.
type reply interface{ GetStatus() *commonpb.Status }

// call names the database, and makes an error of everything that is not a success.
func (c *client) call(
	ctx context.Context, method string, req, resp any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	if c.db != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "dbname", c.db)
	}
	ctx = c.impose(ctx, resp)
	c.asOf(req)
	var met peer.Peer
	err := invoke(ctx, method, req, resp, conn, append(opts, grpc.Peer(&met))...)
	if err != nil {
		return c.transport(err, met.Addr != nil)
	}
	st := statusOf(resp)
	if err := refused(st); err != nil {
		return err
	}
	return c.planned(resp, st)
}

// statusOf returns the status in an answer, nil if it has none.
func statusOf(resp any) *commonpb.Status {
	switch r := resp.(type) {
	case *commonpb.Status:
		return r
	case reply:
		return r.GetStatus()
	case *milvuspb.AlterCollectionSchemaResponse: // the one that calls it by another name
		return r.GetAlterStatus()
	default:
		return nil
	}
}

// transport says what a failure of gRPC means for who sits at the keyboard. reached: there was a service at the other end.
func (c *client) transport(err error, reached bool) error {
	s := status.Convert(err)
	switch {
	case s.Code() == codes.Unavailable && !reached:
		return errors.WithHint(errors.Mark(errors.Newf("no taproot at %s", c.addr), errNobody), "start one with: taproot serve")
	case s.Code() == codes.Unavailable:
		return errors.WithHint(errors.Newf("taproot at %s is not ready: %s", c.addr, strings.TrimPrefix(s.Message(), "not ready: ")), "try again in a moment; taproot status tells more")
	case s.Code() == codes.DeadlineExceeded:
		return errors.WithHint(errors.Newf("no answer from %s within %s", c.addr, c.timeout),
			"whether it was done is not known; look, or do it again: equal statements are done once")
	case s.Code() == codes.Canceled:
		return errors.New("interrupted before the answer came")
	default:
		return errors.Newf("%s answered %s: %s", c.addr, s.Code(), s.Message())
	}
}

// errNobody marks that nothing listens at the address.
var errNobody = errors.New("nobody there")

// refused returns the error that a Status stands for; its text is the reason, as every SDK shows it.
func refused(s *commonpb.Status) error {
	// Either may be missing: old servers know only the second.
	if s.GetCode() == 0 && s.GetErrorCode() == commonpb.ErrorCode_Success {
		return nil
	}
	reason := s.GetReason()
	if reason == "" {
		reason = fmt.Sprintf("refused with code %d and no reason", s.GetCode())
	}
	err := errs.FromStatus(errs.Status{Code: s.GetCode(), Legacy: int32(s.GetErrorCode()), Reason: reason, Retriable: s.GetRetriable()})
	if hint := hintFor(s.GetCode(), s.GetRetriable()); hint != "" {
		return errors.WithHint(err, hint)
	}
	return err
}

// hintFor says what may help, by Milvus's error codes.
func hintFor(code int32, retriable bool) string {
	switch code {
	case 4:
		return "the service is busy; try again in a moment"
	case 5, 65535:
		return "the log of the service tells more"
	case 9:
		return "the database has a property that denies this"
	case 100:
		return "taproot collection list shows the collections of a database; --db chooses another one"
	case 102, 250, 801:
		return "the limit is a setting of the service; taproot serve --print-config shows them"
	case 200:
		return "taproot partition list shows the partitions of a collection"
	case 1600:
		return "taproot alias list shows the aliases of a database"
	case 800:
		return "--db names the database"
	case 20001:
		return "nothing was changed; look at the object again, and give the revision that you then see"
	case 20002:
		return "nothing was changed; look at the object again, and give the revision that taproot status shows"
	case 105, 1100, 1101, 1102, 1701, 802:
		return "nothing was changed; correct what is named and try again"
	case 1601, 1602:
		return "collections and aliases of a database share their names; choose another"
	}
	if retriable {
		return "try again in a moment"
	}
	return ""
}
