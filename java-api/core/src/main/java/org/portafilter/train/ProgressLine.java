package org.portafilter.train;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Shows how training goes: on a terminal one line, rewritten, with a bar, the loss and the time the
 * epoch still needs; elsewhere plain lines, one per epoch and one per half minute.
 *
 * <pre>{@code
 * trainer.callback(ProgressLine.to(System.err));
 * }</pre>
 */
public final class ProgressLine implements Callback {
  private static final int WIDTH = 24;
  private static final long REWRITE_NANOSECONDS = 100_000_000;
  private static final long PLAIN_NANOSECONDS = 30_000_000_000L;

  private final PrintStream out;
  private final boolean rewrites;
  private long began;
  private int beganAt;
  private int epoch;
  private long next;

  private ProgressLine(PrintStream out, boolean rewrites) {
    this.out = out;
    this.rewrites = rewrites;
  }

  /**
   * Lines to this stream, rewritten when it is {@code System.out} or {@code System.err} and that is
   * a terminal: not one of the process's other streams, as when only the log is redirected. For
   * what was put in place of these two with {@code System.setErr}, use {@link #plain}.
   */
  public static ProgressLine to(PrintStream out) {
    return new ProgressLine(out, Terminal.is(out));
  }

  /** Lines to this stream, never rewritten. */
  public static ProgressLine plain(PrintStream out) {
    return new ProgressLine(out, false);
  }

  /** Lines to this stream, rewritten in place. */
  static ProgressLine rewriting(PrintStream out) {
    return new ProgressLine(out, true);
  }

  @Override
  public void step(Step step) {
    long now = System.nanoTime();
    if (step.epoch() != epoch) {
      epoch = step.epoch();
      began = now;
      beganAt = step.batch();
      next = now + (rewrites ? 0 : PLAIN_NANOSECONDS);
    }
    boolean due = now >= next || rewrites && step.batch() == step.batches();
    if (!due) {
      return;
    }
    next = now + (rewrites ? REWRITE_NANOSECONDS : PLAIN_NANOSECONDS);
    String line = line(step, (now - began) * 1e-9);
    if (rewrites) {
      out.print("\r" + line + "\033[K");
      out.flush();
    } else {
      out.println(line);
    }
  }

  private String line(Step step, double seconds) {
    int done = step.batch() - beganAt;
    String left = done == 0 ? "?" : clock(seconds / done * (step.batches() - step.batch()));
    int filled = (int) ((long) WIDTH * step.batch() / step.batches());
    return String.format(
        Locale.ROOT,
        "epoch %d/%d  [%s%s] %3d%%  %d/%d  loss %.4f  %s left",
        step.epoch(),
        step.epochs(),
        "#".repeat(filled),
        ".".repeat(WIDTH - filled),
        100L * step.batch() / step.batches(),
        step.batch(),
        step.batches(),
        step.loss(),
        left);
  }

  /** Seconds as {@code 7:05} or {@code 1:07:05}. */
  static String clock(double seconds) {
    long whole = Math.round(seconds);
    return whole < 3600
        ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  }

  @Override
  public void epoch(Epoch ended) {
    Map<String, Double> row = ended.row();
    String measured =
        row.entrySet().stream()
            .filter(e -> e.getKey().startsWith("validation_"))
            .map(e -> String.format(Locale.ROOT, "  %s %.4f", e.getKey(), e.getValue()))
            .collect(Collectors.joining());
    out.print(
        String.format(
            Locale.ROOT,
            "%sepoch %d/%d  loss %.4f%s  %.1f s  %.0f images/s%n",
            rewrites ? "\r\033[K" : "",
            ended.number(),
            ended.epochs(),
            row.get("train_loss"),
            measured,
            row.get("seconds"),
            row.get("images_per_second")));
    if (ended.stopped() != null) {
      out.println("stopped: " + ended.stopped());
    }
    out.flush();
  }
}
