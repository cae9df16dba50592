package io.taproot.sdk;

import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.exception.MilvusClientException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.function.Executable;

/** The server that the run has started, and what the tests of it share. */
final class Server {
  private static final AtomicInteger NAMES = new AtomicInteger();

  private Server() {}

  /** Connects; an empty database is the default one. */
  static MilvusClientV2 connect(String database) {
    String address = System.getenv("TAPROOT_ADDR");
    Assertions.assertNotNull(address, "TAPROOT_ADDR is not set; run ../run java");
    var config = ConnectConfig.builder().uri("http://" + address);
    if (!database.isEmpty()) {
      config.dbName(database);
    }
    return new MilvusClientV2(config.build());
  }

  /** A name that no other test has. */
  static String name(String kind) {
    return "java_" + kind + "_" + NAMES.incrementAndGet();
  }

  /** Requires that the server refuses, with that code and these words. */
  static void refused(int code, String words, Executable call) {
    var e = Assertions.assertThrows(MilvusClientException.class, call);
    Assertions.assertEquals(code, e.getServerErrCode(), e.getMessage());
    Assertions.assertTrue(e.getMessage().contains(words), e.getMessage());
  }
}
