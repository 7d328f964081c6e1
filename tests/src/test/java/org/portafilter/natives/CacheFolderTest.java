package org.portafilter.natives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.device.CacheFolder;

/** What was measured and compiled is kept where no other user can write, and nowhere else. */
@Tag("natives")
class CacheFolderTest {
  private static final String CACHE = "portafilter.cache";
  private static final byte[] BYTES = {1, 2, 3};

  private String before;
  private @TempDir Path cache;

  @BeforeEach
  void useAnEmptyCache() {
    before = System.getProperty(CACHE);
    System.setProperty(CACHE, cache.toString());
  }

  @AfterEach
  void useTheCacheOfBefore() {
    if (before == null) {
      System.clearProperty(CACHE);
    } else {
      System.setProperty(CACHE, before);
    }
  }

  @Test
  void whatIsKeptIsRead() throws IOException {
    assertNull(CacheFolder.read("tuning", "a"));
    CacheFolder.keep("tuning", "a", BYTES);
    CacheFolder.keep("tuning", "a", BYTES);
    assertArrayEquals(BYTES, CacheFolder.read("tuning", "a"));
    try (Stream<Path> files = Files.list(cache.resolve("tuning"))) {
      assertEquals(List.of("a"), files.map(file -> file.getFileName().toString()).toList());
    }
  }

  @Test
  void aCacheOfAnotherUserIsNeitherReadNorWritten() throws IOException, InterruptedException {
    assumeTrue(NamelessUser.isRoot(), "giving a folder to another user needs root");
    Files.createDirectory(cache.resolve("tuning"));
    Files.write(cache.resolve("tuning/planted"), BYTES);
    assertArrayEquals(BYTES, CacheFolder.read("tuning", "planted"));
    Files.setAttribute(cache, "unix:uid", 54321);
    assertNull(CacheFolder.read("tuning", "planted"));
    CacheFolder.keep("tuning", "a", BYTES);
    assertTrue(Files.notExists(cache.resolve("tuning/a")));
  }

  @Test
  void aCacheThatCannotBeWrittenStaysEmpty() {
    System.setProperty(CACHE, "/dev/null/cache");
    CacheFolder.keep("tuning", "a", BYTES);
    assertNull(CacheFolder.read("tuning", "a"));
  }
}
