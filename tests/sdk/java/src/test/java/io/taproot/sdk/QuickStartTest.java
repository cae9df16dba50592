package io.taproot.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.common.DataType;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.service.collection.request.AddFieldReq;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.collection.request.DropCollectionReq;
import io.milvus.v2.service.collection.request.GetLoadStateReq;
import io.milvus.v2.service.collection.request.LoadCollectionReq;
import io.milvus.v2.service.collection.request.RefreshLoadReq;
import io.milvus.v2.service.collection.request.ReleaseCollectionReq;
import io.milvus.v2.service.index.request.DescribeIndexReq;
import io.milvus.v2.service.index.request.DropIndexReq;
import io.milvus.v2.service.index.request.ListIndexesReq;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The quick way to a collection that is indexed and loaded, as the SDK documents it. Each ends by itself. */
@Timeout(10)
class QuickStartTest {
  private MilvusClientV2 client;
  private String name;

  @BeforeEach
  void connect() {
    client = Server.connect("");
    name = Server.name("quick");
  }

  @AfterEach
  void close() {
    client.dropCollection(DropCollectionReq.builder().collectionName(name).build());
    client.close();
  }

  private boolean loaded() {
    return client.getLoadState(GetLoadStateReq.builder().collectionName(name).build());
  }

  @Test
  void byDimension() {
    client.createCollection(CreateCollectionReq.builder().collectionName(name).dimension(8).build());
    assertTrue(loaded());
    assertEquals(List.of("vector"), client.listIndexes(ListIndexesReq.builder().collectionName(name).build()));
    var indexes = client.describeIndex(DescribeIndexReq.builder().collectionName(name).indexName("vector").build());
    assertEquals("Finished", indexes.getIndexDescByFieldName("vector").getIndexState().name());
    client.releaseCollection(ReleaseCollectionReq.builder().collectionName(name).build());
    assertFalse(loaded());
    client.loadCollection(LoadCollectionReq.builder().collectionName(name).build());
    client.refreshLoad(RefreshLoadReq.builder().collectionName(name).build());
    assertTrue(loaded());
  }

  @Test
  void bySchemaAndIndexParams() {
    var schema = MilvusClientV2.CreateSchema();
    schema.addField(AddFieldReq.builder().fieldName("id").dataType(DataType.Int64).isPrimaryKey(true).build());
    schema.addField(AddFieldReq.builder().fieldName("vec").dataType(DataType.FloatVector).dimension(8).build());
    client.createCollection(CreateCollectionReq.builder().collectionName(name).collectionSchema(schema).indexParam(
        IndexParam.builder().fieldName("vec").indexType(IndexParam.IndexType.HNSW).metricType(IndexParam.MetricType.L2)
            .extraParams(Map.of("M", 16, "efConstruction", 200)).build()).build());
    assertTrue(loaded());
    Server.refused(1100, "vector index cannot be dropped on loaded collection",
        () -> client.dropIndex(DropIndexReq.builder().collectionName(name).fieldName("vec").build()));
    client.releaseCollection(ReleaseCollectionReq.builder().collectionName(name).build());
    client.dropIndex(DropIndexReq.builder().collectionName(name).fieldName("vec").build());
    assertTrue(client.listIndexes(ListIndexesReq.builder().collectionName(name).build()).isEmpty());
  }
}
