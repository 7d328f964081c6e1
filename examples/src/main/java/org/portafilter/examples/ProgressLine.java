package org.portafilter.examples;

import java.io.PrintStream;
import java.util.Map;
import org.portafilter.train.Progress;

/**
 * One line that is rewritten while an epoch runs, on standard error; without a terminal, one line
 * per epoch.
 */
final class ProgressLine implements Progress {
  private static final long INTERVAL_NANOSECONDS = 200_000_000;

  private final PrintStream out = System.err;
  private final int epochs;
  private final boolean rewrites = System.console() != null;
  private long next;

  ProgressLine(int epochs) {
    this.epochs = epochs;
  }

  @Override
  public void step(int epoch, int batch, int batches, double loss) {
    long now = System.nanoTime();
    if (rewrites && (now >= next || batch == batches)) {
      next = now + INTERVAL_NANOSECONDS;
      out.printf("\repoch %d/%d  batch %d/%d  loss %.4f ", epoch, epochs, batch, batches, loss);
      out.flush();
    }
  }

  @Override
  public void epoch(int epoch, Map<String, Double> row) {
    out.printf(
        "%sepoch %d/%d  loss %.4f  %.1f s  %.0f images/s%n",
        rewrites ? "\r\033[K" : "",
        epoch,
        epochs,
        row.get("train_loss"),
        row.get("seconds"),
        row.get("images_per_second"));
  }
}
