package org.portafilter.benchmarks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.device.Device;
import org.portafilter.device.MathMode;
import org.portafilter.device.Program;
import org.portafilter.plan.Session;

/**
 * Networks on the GPU: the median time of a step or of an inference, the upload of its images
 * included, one line a case ({@code resnet50 train 256 tf32 12.345 ms}), and where the time of one
 * goes. What another framework needs on the same machine is set beside it by {@code
 * tests/gpu/compare.py}.
 */
final class CudaNets {
  private static final int WARM_RUNS = 5;
  private static final int LEAST_RUNS = 20;
  private static final long MEASURED_NANOSECONDS = 1_500_000_000L;
  private static final int TIMED_RUNS = 5;
  private static final int LARGEST = 25;

  private CudaNets() {}

  /**
   * {@code cuda-nets [--layers] CASE...}, each case a network, what is done with it, a batch and
   * {@code tf32}, {@code bf16} or {@code float32}.
   */
  static void run(List<String> arguments) {
    Device device = Device.cuda();
    System.out.println(device.describe());
    boolean layers = arguments.contains("--layers");
    for (String text : arguments) {
      if (!text.startsWith("--")) {
        measure(device, text, layers);
      }
    }
  }

  private static void measure(Device device, String text, boolean layers) {
    MathMode math =
        switch (text.substring(text.lastIndexOf(' ') + 1)) {
          case "float32" -> MathMode.STRICT;
          case "bf16" -> MathMode.BFLOAT16;
          default -> MathMode.FAST;
        };
    try (OursNet net = new OursNet(new Case(text), device, math)) {
      for (int i = 0; i < WARM_RUNS; i++) {
        net.run();
      }
      List<Long> times = new ArrayList<>();
      long start = System.nanoTime();
      while (times.size() < LEAST_RUNS || System.nanoTime() - start < MEASURED_NANOSECONDS) {
        long before = System.nanoTime();
        net.run();
        times.add(System.nanoTime() - before);
      }
      times.sort(Comparator.naturalOrder());
      System.out.printf("%s %.4f ms%n", text, times.get(times.size() / 2) * 1e-6);
      if (layers) {
        layers(net.session());
      }
    }
  }

  /** The nodes that take longest, launched one by one. */
  private static void layers(Session session) {
    session.time(true);
    for (int i = 0; i < TIMED_RUNS; i++) {
      session.run();
    }
    Map<String, Long> byPath = new LinkedHashMap<>();
    for (Program.CommandTime time : session.times()) {
      byPath.merge(time.path(), time.nanoseconds(), Long::sum);
    }
    session.time(false);
    long total = byPath.values().stream().mapToLong(Long::longValue).sum();
    System.out.printf("  one by one %.4f ms, of which%n", total * 1e-6 / TIMED_RUNS);
    byPath.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(LARGEST)
        .forEach(
            e ->
                System.out.printf(
                    "  %8.4f ms %5.1f %%  %s%n",
                    e.getValue() * 1e-6 / TIMED_RUNS, 100.0 * e.getValue() / total, e.getKey()));
  }
}
