package sdk_test
import ("testing";"time";"github.com/milvus-io/milvus/client/v2/milvusclient")
func TestIdle(t *testing.T){ c:=connect(t); for i:=0;i<3;i++ { time.Sleep(25*time.Second); _,err:=c.ListCollections(newContext(t),milvusclient.NewListCollectionOption()); ok(t,err)} }
