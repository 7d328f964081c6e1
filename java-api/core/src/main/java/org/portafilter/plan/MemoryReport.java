package org.portafilter.plan;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Where the bytes of an arena go.
 *
 * @param arenaBytes size of the whole arena
 * @param entries every region, in the order of the values that begin them
 */
public record MemoryReport(long arenaBytes, List<Entry> entries) {
  /** A region: the value that began it, its place, and the first and last step that need it. */
  public record Entry(String path, long bytes, long offset, int firstStep, int lastStep) {}

  /** Copies the list. */
  public MemoryReport {
    entries = List.copyOf(entries);
  }

  /** The sum of all regions: what the arena would be if none shared memory. */
  public long unsharedBytes() {
    return entries.stream().mapToLong(Entry::bytes).sum();
  }

  /** The largest regions, one line each. */
  public String largest(int count) {
    return entries.stream()
        .sorted(Comparator.comparingLong(Entry::bytes).reversed())
        .limit(count)
        .map(e -> String.format(Locale.ROOT, "  %,d bytes  %s", e.bytes(), e.path()))
        .collect(Collectors.joining(System.lineSeparator()));
  }
}
