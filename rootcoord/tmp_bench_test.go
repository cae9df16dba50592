package rootcoord_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/taproot-db/taproot/kvstore/embedetcd"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/rootcoord"
	"go.uber.org/zap"
)

func TestTmpPerf(t *testing.T) {
	dir, _ := os.MkdirTemp("", "perf")
	defer os.RemoveAll(dir)
	st, err := embedetcd.New(context.Background(), embedetcd.Config{Dir: dir, Logger: zap.NewNop()})
	if err != nil { t.Fatal(err) }
	c, _ := rootcoord.New(rootcoord.Config{}, rootcoord.Deps{Store: st, Root: root, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	for c.Ready() != nil { time.Sleep(time.Millisecond) }
	srv := c.Statements()
	var n atomic.Int64
	run := func(clients int, total int64) {
		n.Store(0)
		var wg sync.WaitGroup
		t0 := time.Now()
		for range clients {
			wg.Go(func() {
				for {
					i := n.Add(1)
					if i > total { return }
					s := spec(fmt.Sprintf("c%d_%d_%d", clients, t0.UnixNano(), i),
						&taprootv1.Field{Name: "a", DataType: int32(model.VarChar), TypeParams: []*taprootv1.Property{{Key: "max_length", Value: "256"}}},
						&taprootv1.Field{Name: "b", DataType: int32(model.Int64)}, &taprootv1.Field{Name: "f", DataType: int32(model.Float)})
					if _, err := srv.Execute(ctx, withID(fmt.Sprintf("r%d-%d", t0.UnixNano(), i), createSpec(s))); err != nil { t.Error(err); return }
				}
			})
		}
		wg.Wait()
		el := time.Since(t0)
		fmt.Printf("%d clients: %.0f/s\n", clients, float64(total)/el.Seconds())
	}
	run(64, 40000)
	cancel(); <-done; st.Close()
}
