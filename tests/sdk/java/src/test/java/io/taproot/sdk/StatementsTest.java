package io.taproot.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.milvus.common.clientenum.FunctionType;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.common.DataType;
import io.milvus.v2.service.collection.request.AddCollectionFieldReq;
import io.milvus.v2.service.collection.request.AddCollectionFunctionReq;
import io.milvus.v2.service.collection.request.AddFieldReq;
import io.milvus.v2.service.collection.request.AlterCollectionFieldReq;
import io.milvus.v2.service.collection.request.AlterCollectionPropertiesReq;
import io.milvus.v2.service.collection.request.BatchDescribeCollectionReq;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.collection.request.DescribeCollectionReq;
import io.milvus.v2.service.collection.request.DropCollectionFunctionReq;
import io.milvus.v2.service.collection.request.DropCollectionPropertiesReq;
import io.milvus.v2.service.collection.request.DropCollectionReq;
import io.milvus.v2.service.collection.request.GetCollectionStatsReq;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import io.milvus.v2.service.collection.request.RenameCollectionReq;
import io.milvus.v2.service.collection.request.TruncateCollectionReq;
import io.milvus.v2.service.collection.response.DescribeCollectionResp;
import io.milvus.v2.service.database.request.AlterDatabasePropertiesReq;
import io.milvus.v2.service.database.request.CreateDatabaseReq;
import io.milvus.v2.service.database.request.DescribeDatabaseReq;
import io.milvus.v2.service.database.request.DropDatabasePropertiesReq;
import io.milvus.v2.service.database.request.DropDatabaseReq;
import io.milvus.v2.service.partition.request.CreatePartitionReq;
import io.milvus.v2.service.partition.request.DropPartitionReq;
import io.milvus.v2.service.partition.request.GetPartitionStatsReq;
import io.milvus.v2.service.partition.request.HasPartitionReq;
import io.milvus.v2.service.partition.request.ListPartitionsReq;
import io.milvus.v2.service.utility.request.AlterAliasReq;
import io.milvus.v2.service.utility.request.CreateAliasReq;
import io.milvus.v2.service.utility.request.DescribeAliasReq;
import io.milvus.v2.service.utility.request.DropAliasReq;
import io.milvus.v2.service.utility.request.ListAliasesReq;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every DDL statement that the SDK has, in the default database and in another one. */
class StatementsTest {
  private MilvusClientV2 client;
  private String database;

  private void in(String where) {
    client = Server.connect("");
    database = where.equals("default") ? "default" : Server.name("db");
    if (!where.equals("default")) {
      client.createDatabase(CreateDatabaseReq.builder().databaseName(database).build());
      client.close();
      client = Server.connect(database);
    }
  }

  @AfterEach
  void drop() throws InterruptedException {
    if (database.equals("default")) {
      client.close();
      return;
    }
    for (String name : client.listCollections().getCollectionNames()) {
      for (String alias : client.listAliases(ListAliasesReq.builder().collectionName(name).build()).getAlias()) {
        client.dropAlias(DropAliasReq.builder().alias(alias).build());
      }
      client.dropCollection(DropCollectionReq.builder().collectionName(name).build());
    }
    client.dropDatabase(DropDatabaseReq.builder().databaseName(database).build());
    assertFalse(client.listDatabases().getDatabaseNames().contains(database));
    client.close();
  }

  private static CreateCollectionReq.CollectionSchema schema() {
    var schema = MilvusClientV2.CreateSchema();
    schema.addField(AddFieldReq.builder().fieldName("id").dataType(DataType.Int64).isPrimaryKey(true).build());
    schema.addField(AddFieldReq.builder().fieldName("title").dataType(DataType.VarChar).maxLength(64).build());
    schema.addField(AddFieldReq.builder().fieldName("vec").dataType(DataType.FloatVector).dimension(8).build());
    return schema;
  }

  private String create(CreateCollectionReq.CollectionSchema schema) {
    String name = Server.name("c");
    client.createCollection(CreateCollectionReq.builder().collectionName(name).collectionSchema(schema).build());
    return name;
  }

  private DescribeCollectionResp describe(String name) {
    return client.describeCollection(DescribeCollectionReq.builder().collectionName(name).build());
  }

  private boolean has(String name) {
    return client.hasCollection(HasCollectionReq.builder().collectionName(name).build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"default", "elsewhere"})
  void collections(String where) {
    in(where);
    String name = create(schema());
    assertTrue(has(name));
    var c = describe(name);
    assertEquals(List.of("id", "title", "vec"), c.getFieldNames());
    assertEquals("id", c.getPrimaryFieldName());
    assertEquals(database, c.getDatabaseName());
    assertTrue(client.listCollections().getCollectionNames().contains(name));
    assertEquals(0, client.getCollectionStats(GetCollectionStatsReq.builder().collectionName(name).build()).getNumOfEntities());
    assertEquals(1, client.batchDescribeCollection(BatchDescribeCollectionReq.builder().collectionNames(List.of(name)).build()).size());

    String renamed = Server.name("c");
    client.renameCollection(RenameCollectionReq.builder().collectionName(name).newCollectionName(renamed).build());
    assertFalse(has(name));
    assertEquals(c.getCollectionID(), describe(renamed).getCollectionID());
    client.truncateCollection(TruncateCollectionReq.builder().collectionName(renamed).build());
    client.dropCollection(DropCollectionReq.builder().collectionName(renamed).build());
    assertFalse(has(renamed));
    Server.refused(100, "can't find collection", () -> describe(renamed));
  }

  @ParameterizedTest
  @ValueSource(strings = {"default", "elsewhere"})
  void alterations(String where) {
    in(where);
    String name = create(schema());
    client.alterCollectionProperties(
        AlterCollectionPropertiesReq.builder().collectionName(name).properties(new HashMap<>(Map.of("collection.ttl.seconds", "60"))).build());
    assertEquals("60", describe(name).getProperties().get("collection.ttl.seconds"));
    client.dropCollectionProperties(
        DropCollectionPropertiesReq.builder().collectionName(name).propertyKeys(List.of("collection.ttl.seconds")).build());
    assertFalse(describe(name).getProperties().containsKey("collection.ttl.seconds"));
    client.alterCollectionField(
        AlterCollectionFieldReq.builder().collectionName(name).fieldName("title").properties(new HashMap<>(Map.of("max_length", "128"))).build());
    assertEquals(128, describe(name).getCollectionSchema().getField("title").getMaxLength());
    client.addCollectionField(
        AddCollectionFieldReq.builder().collectionName(name).fieldName("year").dataType(DataType.Int32).isNullable(true).build());
    assertTrue(describe(name).getFieldNames().contains("year"));
    Server.refused(1100, "65536", () -> client.alterCollectionField(
        AlterCollectionFieldReq.builder().collectionName(name).fieldName("title").properties(new HashMap<>(Map.of("max_length", "65536"))).build()));
    client.dropCollection(DropCollectionReq.builder().collectionName(name).build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"default", "elsewhere"})
  void functions(String where) {
    in(where);
    var schema = schema();
    schema.addField(AddFieldReq.builder().fieldName("text").dataType(DataType.VarChar).maxLength(64).enableAnalyzer(true).build());
    schema.addField(AddFieldReq.builder().fieldName("sparse").dataType(DataType.SparseFloatVector).build());
    schema.addFunction(CreateCollectionReq.Function.builder()
        .name("words").functionType(FunctionType.BM25).inputFieldNames(List.of("text")).outputFieldNames(List.of("sparse")).build());
    String name = create(schema);
    var functions = describe(name).getCollectionSchema().getFunctionList();
    assertEquals(1, functions.size());
    assertEquals("words", functions.get(0).getName());
    client.addCollectionFunction(AddCollectionFunctionReq.builder().collectionName(name).function(
        CreateCollectionReq.Function.builder().name("embed").functionType(FunctionType.TEXTEMBEDDING)
            .inputFieldNames(List.of("title")).outputFieldNames(List.of("vec")).param("provider", "openai").param("model_name", "m").build()).build());
    assertEquals(2, describe(name).getCollectionSchema().getFunctionList().size());
    client.dropCollectionFunction(DropCollectionFunctionReq.builder().collectionName(name).functionName("embed").build());
    assertEquals(1, describe(name).getCollectionSchema().getFunctionList().size());
    client.dropCollection(DropCollectionReq.builder().collectionName(name).build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"default", "elsewhere"})
  void aliases(String where) {
    in(where);
    String one = create(schema());
    String two = create(schema());
    String alias = Server.name("alias");
    client.createAlias(CreateAliasReq.builder().collectionName(one).alias(alias).build());
    assertEquals(one, client.describeAlias(DescribeAliasReq.builder().alias(alias).build()).getCollectionName());
    client.alterAlias(AlterAliasReq.builder().collectionName(two).alias(alias).build());
    assertEquals(List.of(alias), client.listAliases(ListAliasesReq.builder().collectionName(two).build()).getAlias());
    assertEquals(describe(two).getCollectionID(), describe(alias).getCollectionID());
    Server.refused(1100, "associated aliases", () -> client.dropCollection(DropCollectionReq.builder().collectionName(two).build()));
    client.dropAlias(DropAliasReq.builder().alias(alias).build());
    Server.refused(1600, "alias not found", () -> client.describeAlias(DescribeAliasReq.builder().alias(alias).build()));
    client.dropCollection(DropCollectionReq.builder().collectionName(one).build());
    client.dropCollection(DropCollectionReq.builder().collectionName(two).build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"default", "elsewhere"})
  void partitions(String where) {
    in(where);
    String name = create(schema());
    client.createPartition(CreatePartitionReq.builder().collectionName(name).partitionName("p").build());
    assertEquals(List.of("_default", "p"), client.listPartitions(ListPartitionsReq.builder().collectionName(name).build()));
    assertTrue(client.hasPartition(HasPartitionReq.builder().collectionName(name).partitionName("p").build()));
    assertEquals(0, client.getPartitionStats(GetPartitionStatsReq.builder().collectionName(name).partitionName("p").build()).getNumOfEntities());
    client.dropPartition(DropPartitionReq.builder().collectionName(name).partitionName("p").build());
    assertFalse(client.hasPartition(HasPartitionReq.builder().collectionName(name).partitionName("p").build()));
    client.dropCollection(DropCollectionReq.builder().collectionName(name).build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"default", "elsewhere"})
  void databases(String where) throws InterruptedException {
    in(where);
    String name = Server.name("db");
    client.createDatabase(CreateDatabaseReq.builder().databaseName(name).build());
    client.alterDatabaseProperties(
        AlterDatabasePropertiesReq.builder().databaseName(name).properties(new HashMap<>(Map.of("database.replica.number", "2"))).build());
    assertEquals("2", client.describeDatabase(DescribeDatabaseReq.builder().databaseName(name).build()).getProperties().get("database.replica.number"));
    client.dropDatabaseProperties(
        DropDatabasePropertiesReq.builder().databaseName(name).propertyKeys(List.of("database.replica.number")).build());
    assertFalse(client.describeDatabase(DescribeDatabaseReq.builder().databaseName(name).build()).getProperties().containsKey("database.replica.number"));
    client.useDatabase(name);
    assertEquals(name, client.currentUsedDatabase());
    client.useDatabase(database);
    client.dropDatabase(DropDatabaseReq.builder().databaseName(name).build());
    assertThrows(IllegalArgumentException.class, () -> client.useDatabase(name)); // the SDK looks into the list itself
    Server.refused(800, "database not found", () -> client.describeDatabase(DescribeDatabaseReq.builder().databaseName(name).build()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"default", "elsewhere"})
  void theServer(String where) {
    in(where);
    assertTrue(client.getServerVersion().startsWith("v2.6."));
    assertTrue(client.checkHealth().getIsHealthy());
    assertNotNull(client.listDatabases());
  }
}
