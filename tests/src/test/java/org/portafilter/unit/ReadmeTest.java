package org.portafilter.unit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of Java in the README is a program: it is compiled and run as it stands. */
@Tag("unit")
class ReadmeTest {
  @Test
  void theFirstPageOfJavaRuns(@TempDir Path folder) throws IOException, InterruptedException {
    String readme = Files.readString(Path.of(System.getProperty("portafilter.root"), "README.md"));
    int start = readme.indexOf("```java\n") + 8;
    String page = readme.substring(start, readme.indexOf("```", start));
    Path source = Files.writeString(folder.resolve("FirstNetwork.java"), page);
    String java =
        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
    Process process =
        new ProcessBuilder(
                List.of(java, "-cp", System.getProperty("java.class.path"), source.toString()))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(5, TimeUnit.MINUTES), "it ends");
    assertEquals(0, process.exitValue(), output);
    double accuracy =
        Double.parseDouble(
            output.lines().filter(l -> l.startsWith("0.")).findFirst().orElseThrow());
    assertTrue(accuracy > 0.97, output);
    assertTrue(Files.exists(folder.resolve("lenet.safetensors")), output);
  }
}
