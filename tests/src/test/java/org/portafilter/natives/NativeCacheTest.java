package org.portafilter.natives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folder of extracted libraries: shared, damaged, forbidden. */
@Tag("natives")
@Tag("slow")
class NativeCacheTest {
  private static final String EXPECTED = "steps 10, finite true\n";
  private static final Path JAVA = Path.of(System.getProperty("java.home"));

  @TempDir static Path classes;
  @TempDir Path cache;

  @BeforeAll
  static void compile() {
    ChildJvm.compile(classes);
  }

  private ChildJvm.Child start() throws IOException {
    return ChildJvm.onClassPath(JAVA, classes, "-Dportafilter.cache=" + cache);
  }

  private Path library(String name) throws IOException {
    try (Stream<Path> files = Files.walk(cache)) {
      return files.filter(file -> file.endsWith(name)).findFirst().orElseThrow();
    }
  }

  @Test
  void fourAtOnceOnAnEmptyCache() throws IOException, InterruptedException {
    List<ChildJvm.Child> children = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      children.add(start());
    }
    for (ChildJvm.Child child : children) {
      assertEquals(EXPECTED, child.output());
    }
    try (Stream<Path> files = Files.walk(cache)) {
      assertTrue(files.noneMatch(file -> file.toString().endsWith(".tmp")), "no temporary file");
    }
  }

  @Test
  void damageIsRepaired() throws IOException, InterruptedException {
    assertEquals(EXPECTED, start().output());
    Path blas = library("libopenblas.so.0");
    byte[] whole = Files.readAllBytes(blas);
    var time = Files.getLastModifiedTime(blas);
    byte[] bent = whole.clone();
    Arrays.fill(bent, bent.length / 2, bent.length / 2 + 4096, (byte) 0);
    Files.write(blas, bent);
    Files.setLastModifiedTime(blas, time);
    Path own = library("libportafilter.so");
    Files.write(own, new byte[100]);
    assertEquals(EXPECTED, start().output());
    assertArrayEquals(whole, Files.readAllBytes(blas));
  }

  @Test
  void aFolderThatCannotBeIsNamed() throws IOException, InterruptedException {
    String asked = "/dev/null/cache";
    String output = ChildJvm.onClassPath(JAVA, classes, "-Dportafilter.cache=" + asked).output();
    System.out.println(
        "answer to a cache folder that cannot be:\n    " + output.lines().findFirst().orElse(""));
    assertTrue(output.contains(asked), output);
    assertTrue(output.contains("/dev/null is a file, not a folder"), output);
    assertTrue(output.contains("-Dportafilter.cache=DIR"), output);
  }

  @Test
  void aReadOnlyHomeFallsBackToTheTemporaryFolder() throws IOException, InterruptedException {
    Path temporary = Files.createDirectory(cache.resolve("tmp"));
    String[] options = {"-Duser.home=/proc/1", "-Djava.io.tmpdir=" + temporary};
    assumeTrue(System.getenv("XDG_CACHE_HOME") == null, "XDG_CACHE_HOME names another folder");
    assertEquals(EXPECTED, ChildJvm.onClassPath(JAVA, classes, options).output());
    assertFalse(library("libportafilter.so").startsWith("/proc"));
  }

  @Test
  void aDiskThatForbidsProgramsIsNamed() throws IOException, InterruptedException {
    Process mount =
        new ProcessBuilder("mount", "-t", "tmpfs", "-o", "noexec", "tmpfs", cache.toString())
            .redirectErrorStream(true)
            .start();
    assumeTrue(mount.waitFor() == 0, "mounting a noexec disk needs root");
    try {
      String output = start().output();
      System.out.println(
          "answer to a cache on a noexec disk:\n    " + output.lines().findFirst().orElse(""));
      assertTrue(output.contains(cache.toString()), output);
      assertTrue(output.contains("noexec"), output);
    } finally {
      new ProcessBuilder("umount", cache.toString()).start().waitFor();
    }
  }
}
