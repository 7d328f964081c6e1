package org.portafilter.kinds;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestTag;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Prints how many tests of each kind passed, failed and were skipped, and how long they took. */
public final class KindCounter implements TestExecutionListener {
  /** Tags that say where or when a test runs, and not what it shows. */
  private static final Set<String> NO_KINDS = Set.of("cpu", "slow");

  private final Map<String, int[]> counts = new TreeMap<>();
  private final Map<String, Long> nanos = new TreeMap<>();
  private final Map<String, Long> started = new ConcurrentHashMap<>();

  @Override
  public void executionStarted(TestIdentifier test) {
    started.put(test.getUniqueId(), System.nanoTime());
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (test.isTest()) {
      boolean passed = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
      boolean skipped = result.getStatus() == TestExecutionResult.Status.ABORTED;
      count(test)[passed ? 0 : skipped ? 2 : 1]++;
      nanos.merge(kind(test), System.nanoTime() - started.remove(test.getUniqueId()), Long::sum);
      if (skipped) {
        System.out.println(
            "skipped: "
                + test.getDisplayName()
                + ": "
                + result.getThrowable().map(Throwable::getMessage).orElse(""));
      }
    }
  }

  private int[] count(TestIdentifier test) {
    return counts.computeIfAbsent(kind(test), k -> new int[3]);
  }

  private static String kind(TestIdentifier test) {
    return test.getTags().stream()
        .map(TestTag::getName)
        .filter(name -> !NO_KINDS.contains(name))
        .sorted()
        .findFirst()
        .orElse("unit");
  }

  @Override
  public void testPlanExecutionFinished(TestPlan plan) {
    StringBuilder text =
        new StringBuilder(
            "tests by kind (%s, isa %s):"
                .formatted(
                    System.getProperty("portafilter.device", "cpu"),
                    System.getProperty("portafilter.isa", "widest")));
    counts.forEach(
        (kind, n) ->
            text.append(
                "  %s %d passed, %d failed, %d skipped, %d s;"
                    .formatted(kind, n[0], n[1], n[2], Math.round(nanos.get(kind) * 1e-9))));
    System.out.println(text);
  }
}
