package org.portafilter.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** Threads of this process that do nothing but take cores from the contenders' processes. */
final class Neighbours {
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;

  Neighbours(int count) {
    for (int i = 0; i < count; i++) {
      Thread thread = new Thread(this::spin, "neighbour " + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
  }

  private void spin() {
    while (!stopped) {
      // Taking the core is all.
    }
  }

  void close() {
    stopped = true;
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
