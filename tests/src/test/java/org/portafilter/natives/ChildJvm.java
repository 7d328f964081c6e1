package org.portafilter.natives;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;

/** Another JVM with what a user's project has on its class path: the platform artifact, no more. */
final class ChildJvm {
  private static final List<String> USED =
      List.of(
          "portafilter",
          "portafilter-platform",
          "portafilter-native",
          "javacpp",
          "openblas",
          "gson",
          "jspecify");

  private ChildJvm() {}

  /** The jars a user gets, from this JVM's class path. */
  static String jars() {
    return Arrays.stream(System.getProperty("java.class.path").split(":"))
        .filter(entry -> USED.stream().anyMatch(name -> isJarOf(entry, name)))
        .collect(Collectors.joining(":"));
  }

  private static boolean isJarOf(String entry, String artifact) {
    return Path.of(entry).getFileName().toString().matches(artifact + "-[0-9].*\\.jar");
  }

  /** Compiles the consumer project's sources. */
  static Path compile(Path out) {
    Path sources = Path.of(System.getProperty("portafilter.root"), "tests/consumer/src/main/java");
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "--release",
                "17",
                "-d",
                out.toString(),
                "-p",
                jars(),
                sources.resolve("module-info.java").toString(),
                sources.resolve("consumer/TenSteps.java").toString());
    if (failed != 0) {
      throw new AssertionError("the consumer does not compile");
    }
    return out;
  }

  /** A running JVM, its output and errors together. */
  record Child(Process process) {
    /** Waits, and returns everything it printed. */
    String output() throws IOException, InterruptedException {
      byte[] bytes = process.getInputStream().readAllBytes();
      process.waitFor();
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /** Starts the consumer on the class path. */
  static Child onClassPath(Path javaHome, Path classes, String... options) throws IOException {
    List<String> command = new ArrayList<>(List.of(options));
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            classes + ":" + jars(),
            "consumer.TenSteps"));
    return start(javaHome, command);
  }

  /** Starts the consumer on the module path. */
  static Child onModulePath(Path javaHome, Path classes, String... options) throws IOException {
    List<String> command = new ArrayList<>(List.of(options));
    command.addAll(
        List.of(
            "--enable-native-access=org.bytedeco.javacpp,org.portafilter.binding",
            "-p",
            classes + ":" + jars(),
            "-m",
            "consumer/consumer.TenSteps"));
    return start(javaHome, command);
  }

  private static Child start(Path javaHome, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(javaHome.resolve("bin/java").toString());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PATH", "/nonexistent");
    return new Child(builder.start());
  }
}
