package org.portafilter.kinds;

import java.util.Map;
import java.util.TreeMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestTag;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Prints how many tests of each kind passed, failed and were skipped. */
public final class KindCounter implements TestExecutionListener {
  private final Map<String, int[]> counts = new TreeMap<>();

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (test.isTest()) {
      boolean passed = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
      boolean skipped = result.getStatus() == TestExecutionResult.Status.ABORTED;
      count(test)[passed ? 0 : skipped ? 2 : 1]++;
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
    String kind =
        test.getTags().stream()
            .map(TestTag::getName)
            .filter(name -> !name.equals("cpu"))
            .sorted()
            .findFirst()
            .orElse("unit");
    return counts.computeIfAbsent(kind, k -> new int[3]);
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
                "  %s %d passed, %d failed, %d skipped;".formatted(kind, n[0], n[1], n[2])));
    System.out.println(text);
  }
}
