package org.portafilter.benchmarks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.portafilter.device.Device;
import org.portafilter.device.MathMode;
import org.portafilter.device.Program;
import org.portafilter.plan.Session;
import org.portafilter.plan.Work;

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
   * {@code tf32}, {@code bf16}, {@code fp16} or {@code float32}.
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
          case "fp16" -> MathMode.FLOAT16;
          default -> MathMode.FAST;
        };
    try (OursNet net = new OursNet(new Row(text), device, math)) {
      for (int i = 0; i < WARM_RUNS; i++) {
        net.runAgain();
      }
      List<Long> times = new ArrayList<>();
      long start = System.nanoTime();
      while (times.size() < LEAST_RUNS || System.nanoTime() - start < MEASURED_NANOSECONDS) {
        long before = System.nanoTime();
        net.runAgain();
        times.add(System.nanoTime() - before);
      }
      times.sort(Comparator.naturalOrder());
      System.out.printf(Locale.ROOT, "%s %.4f ms%n", text, times.get(times.size() / 2) * 1e-6);
      if (layers) {
        layers(net.session(), math);
      }
    }
  }

  /** The nodes that take longest, launched one by one, and their floor on this machine. */
  private static void layers(Session session, MathMode math) {
    CudaCeilings ceilings = CudaCeilings.measure(session.plan().device(), math);
    System.out.println("  " + ceilings);
    session.time(true);
    for (int i = 0; i < TIMED_RUNS; i++) {
      session.run();
    }
    Map<String, Long> byPath = new LinkedHashMap<>();
    for (Program.CommandTime time : session.times()) {
      byPath.merge(time.path(), time.nanoseconds() / TIMED_RUNS, Long::sum);
    }
    session.time(false);
    Map<String, Work> work = session.plan().work();
    double floor = work.values().stream().mapToDouble(ceilings::nanoseconds).sum();
    long total = byPath.values().stream().mapToLong(Long::longValue).sum();
    System.out.printf(
        Locale.ROOT,
        "  one by one %.4f ms, floor %.4f ms (%.2f); the largest gaps:%n",
        total * 1e-6,
        floor * 1e-6,
        floor / total);
    byPath.entrySet().stream()
        .sorted(Comparator.comparingDouble(e -> floor(e, work, ceilings) - e.getValue()))
        .limit(LARGEST)
        .forEach(
            e ->
                System.out.printf(
                    Locale.ROOT,
                    "  %8.4f ms, %.2f of the floor  %s%n",
                    e.getValue() * 1e-6,
                    floor(e, work, ceilings) / e.getValue(),
                    e.getKey()));
  }

  private static double floor(
      Map.Entry<String, Long> time, Map<String, Work> work, CudaCeilings ceilings) {
    String path = time.getKey();
    return work.entrySet().stream()
        .filter(e -> path.equals(e.getKey().startsWith("update/") ? "updates" : e.getKey()))
        .mapToDouble(e -> ceilings.nanoseconds(e.getValue()))
        .sum();
  }
}
