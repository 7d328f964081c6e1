package org.portafilter.device.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.portafilter.device.MemoryException;

/**
 * How much memory this process may still take: the smaller of the system's free memory and the
 * cgroup's limit.
 */
final class HostMemory {
  private HostMemory() {}

  /** Throws when {@code bytes} more cannot fit. Small requests are not checked. */
  static void require(long bytes) {
    if (bytes < 16L << 20) {
      return;
    }
    long available = Math.min(systemAvailable(), cgroupAvailable());
    if (bytes > available) {
      throw new MemoryException(
          String.format(
              Locale.ROOT,
              "%,d bytes are needed and %,d are available to this process; use a smaller batch or give it more memory",
              bytes,
              available),
          available);
    }
  }

  private static long systemAvailable() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        if (line.startsWith("MemAvailable:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
        }
      }
    } catch (IOException | NumberFormatException e) {
      return Long.MAX_VALUE;
    }
    return Long.MAX_VALUE;
  }

  private static long cgroupAvailable() {
    long limit = number(Path.of("/sys/fs/cgroup/memory.max"));
    long used = number(Path.of("/sys/fs/cgroup/memory.current"));
    return limit == Long.MAX_VALUE || used == Long.MAX_VALUE ? Long.MAX_VALUE : limit - used;
  }

  private static long number(Path file) {
    try {
      return Long.parseLong(Files.readString(file).trim());
    } catch (IOException | NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }
}
