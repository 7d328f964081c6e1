package org.portafilter.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** A project outside this one, on every JDK of this machine, with a PATH that leads nowhere. */
@Tag("natives")
@Tag("slow")
class ConsumerTest {
  private static final String EXPECTED = "steps 10, finite true\n";
  private static final long MOST_RUNTIME_BYTES = 30_000_000;

  private static List<Path> javaHomes() throws IOException {
    List<Path> homes = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"))));
    Path installed = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(installed)) {
      try (Stream<Path> found = Files.list(installed)) {
        found
            .filter(home -> !Files.isSymbolicLink(home) && Files.exists(home.resolve("bin/java")))
            .filter(home -> !home.equals(homes.get(0)))
            .sorted()
            .forEach(homes::add);
      }
    }
    return homes;
  }

  @TestFactory
  Stream<DynamicTest> trainsWithoutAWarning(@TempDir Path folder) throws IOException {
    Path classes = ChildJvm.compile(folder);
    List<DynamicTest> tests = new ArrayList<>();
    for (Path home : javaHomes()) {
      tests.add(
          DynamicTest.dynamicTest(
              home + " class path",
              () -> assertEquals(EXPECTED, ChildJvm.onClassPath(home, classes).output())));
      tests.add(
          DynamicTest.dynamicTest(
              home + " module path",
              () -> assertEquals(EXPECTED, ChildJvm.onModulePath(home, classes).output())));
    }
    return tests.stream();
  }

  @Test
  void theRuntimeIsSmall() {
    long bytes = 0;
    for (String jar : ChildJvm.jars().split(":")) {
      bytes += new File(jar).length();
    }
    System.out.printf("bytes on a user's class path: %,d%n", bytes);
    assertTrue(bytes <= MOST_RUNTIME_BYTES, bytes + " bytes");
  }
}
