package org.portafilter.benchmarks;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A contender in a JVM of its own, driven by lines: {@code check} answers numbers, {@code time
 * MILLIS} answers the median milliseconds of one run, {@code run COUNT} only runs, {@code memory}
 * answers the peak resident bytes, {@code quit} ends it. It idles while another is timed.
 */
final class ContenderProcess implements AutoCloseable {
  private static final long WARM_NANOSECONDS = 100_000_000L;
  private static final String MARK = "@@ ";

  private final Process process;
  private final BufferedReader in;
  private final BufferedWriter out;

  private ContenderProcess(Process process) {
    this.process = process;
    this.in =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.out =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
  }

  static ContenderProcess start(String name, Row work, int threads) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(List.of("-Xmx4g", "-XX:+UseSerialGC"));
    if (name.startsWith("pytorch")) {
      command.addAll(
          List.of(
              "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
              "-Dorg.bytedeco.javacpp.maxBytes=0",
              "-Dorg.bytedeco.javacpp.noPointerGC=true"));
    }
    if (name.equals("djl")) {
      command.addAll(
          List.of(
              "-Dai.djl.offline=true",
              "-Dai.djl.pytorch.num_threads=" + threads,
              "-Dai.djl.pytorch.num_interop_threads=1",
              "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"));
    }
    if (Runtime.version().feature() >= 24) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(
        List.of(
            "-cp",
            classPath(name),
            Main.class.getName(),
            "contender",
            Contenders.isBuild(name) ? "ours" : name,
            Integer.toString(threads),
            work.text()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("OMP_NUM_THREADS", Integer.toString(threads));
    int blasThreads = name.equals("openblas-1") ? 1 : threads;
    builder.environment().put("OPENBLAS_NUM_THREADS", Integer.toString(blasThreads));
    // Its workers spin for 2^28 ticks unless told otherwise: a tenth of a second of the next
    // contender's turn.
    builder.environment().put("OPENBLAS_THREAD_TIMEOUT", "20");
    builder.environment().put("OPT_OUT_TRACKING", "true");
    ContenderProcess contender = new ContenderProcess(builder.start());
    contender.send("ready");
    contender.receive();
    return contender;
  }

  /**
   * Another build is its own class path; DL4J brings a JavaCPP and an OpenBLAS of its own, which
   * come first.
   */
  private static String classPath(String name) throws IOException {
    if (Contenders.isBuild(name)) {
      if (!Files.isRegularFile(Path.of(name))) {
        throw new IllegalStateException(
            "no file " + name + "; name the other build's benchmarks.jar");
      }
      return name;
    }
    String own = System.getProperty("java.class.path");
    if (!name.equals("dl4j")) {
      return own;
    }
    Path libraries = Path.of("benchmarks", "dl4j", "target", "lib").toAbsolutePath();
    if (!Files.isDirectory(libraries)) {
      throw new IllegalStateException(
          "no folder "
              + libraries
              + " with DL4J's libraries: run mvn -f benchmarks/dl4j package, and compare in the"
              + " repository's root");
    }
    return libraries + File.separator + "*" + File.pathSeparator + own;
  }

  /** The other end: reads commands from standard input until {@code quit}. */
  static void serve(String name, int threads, Row work) throws IOException {
    PrintStream answers = System.out;
    System.setOut(System.err);
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (Contender contender = Contenders.make(name, work, threads)) {
      for (String line = commands.readLine();
          line != null && !line.equals("quit");
          line = commands.readLine()) {
        answers.println(MARK + answer(contender, line));
        answers.flush();
      }
    }
    System.exit(0);
  }

  private static String answer(Contender contender, String line) throws IOException {
    if (line.equals("ready")) {
      return line;
    }
    if (line.equals("check")) {
      return Arrays.stream(contender.check())
          .mapToObj(Double::toString)
          .collect(Collectors.joining(" "));
    }
    if (line.equals("memory")) {
      return Long.toString(peakResidentBytes());
    }
    if (line.startsWith("run ")) {
      for (int i = 0; i < Integer.parseInt(line.substring(4)); i++) {
        contender.run();
      }
      return line;
    }
    return Double.toString(time(contender, Integer.parseInt(line.substring(5))));
  }

  private static long peakResidentBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IOException("/proc/self/status tells no VmHWM");
  }

  /**
   * Median milliseconds of single runs over a stretch of time, after a fifth of it to warm up, and
   * a tenth of a second at least: for so long a virtual machine that was idle may run on fewer
   * cores than it has.
   */
  private static double time(Contender contender, int millis) {
    long warm = Math.max(millis * 200_000L, WARM_NANOSECONDS);
    long end = System.nanoTime() + warm + millis * 800_000L;
    long counts = System.nanoTime() + warm;
    List<Long> runs = new ArrayList<>();
    while (System.nanoTime() < end || runs.size() < 3) {
      long before = System.nanoTime();
      contender.run();
      long after = System.nanoTime();
      if (after > counts) {
        runs.add(after - before);
      }
    }
    runs.sort(null);
    return runs.get(runs.size() / 2) * 1e-6;
  }

  double[] check() throws IOException {
    send("check");
    return Arrays.stream(receive().split(" ")).mapToDouble(Double::parseDouble).toArray();
  }

  double time(int millis) throws IOException {
    send("time " + millis);
    return Double.parseDouble(receive());
  }

  void run(int count) throws IOException {
    send("run " + count);
    receive();
  }

  double peakBytes() throws IOException {
    send("memory");
    return Double.parseDouble(receive());
  }

  private void send(String line) throws IOException {
    out.write(line);
    out.newLine();
    out.flush();
  }

  private String receive() throws IOException {
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (line.startsWith(MARK)) {
        return line.substring(MARK.length());
      }
    }
    throw new IOException(
        "a contender died: " + process.info().commandLine().orElse("unknown command"));
  }

  @Override
  public void close() throws IOException {
    try {
      send("quit");
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
