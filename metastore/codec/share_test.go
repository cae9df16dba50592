package codec

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// More different values than the tables hold, from several goroutines: what is returned never depends on who came first.
func TestSharingIsInvisible(t *testing.T) {
	t.Parallel()
	const n = 2 * slots
	values := make([][]byte, n)
	for i := range values {
		var err error
		values[i], err = Encode(&model.Field{ID: 100, Name: fmt.Sprint("field ", i), TypeParams: []model.Property{{Key: "dim", Value: fmt.Sprint(i)}}})
		require.NoError(t, err)
	}
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range n {
				i = (i*(2*g+1) + g) % n
				rec, err := Decode(catalog.Ref{Kind: catalog.KindField, Parent: 1, ID: 100}, values[i])
				if err != nil {
					t.Error(err)
					return
				}
				f, _ := rec.(*model.Field)
				if f.Name != fmt.Sprint("field ", i) || f.TypeParams[0].Value != fmt.Sprint(i) {
					t.Errorf("field %d is %+v", i, f)
				}
			}
		})
	}
	all.Wait()
}
