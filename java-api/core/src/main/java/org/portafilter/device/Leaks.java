package org.portafilter.device;

import java.lang.System.Logger;
import java.util.concurrent.atomic.AtomicLong;

/** Counts live native buffers and reports those that nobody closed. */
public final class Leaks {
  private static final Logger LOG = System.getLogger("org.portafilter");
  private static final AtomicLong LIVE = new AtomicLong();
  private static final AtomicLong FORGOTTEN = new AtomicLong();

  private Leaks() {}

  /** Buffers open now. */
  public static long live() {
    return LIVE.get();
  }

  /** Buffers that were collected without having been closed, since the process began. */
  public static long forgotten() {
    return FORGOTTEN.get();
  }

  /** Called by a device when it opens a buffer. */
  public static void opened() {
    LIVE.incrementAndGet();
  }

  /** Called by a device when a buffer is freed. */
  public static void closed(boolean properly, long bytes) {
    LIVE.decrementAndGet();
    if (!properly) {
      FORGOTTEN.incrementAndGet();
      LOG.log(
          Logger.Level.WARNING,
          "a native buffer of {0} bytes was never closed; use try-with-resources for networks, sessions, trainers and tensors",
          Long.toString(bytes));
    }
  }
}
