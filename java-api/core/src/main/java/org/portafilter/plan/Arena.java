package org.portafilter.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Packs regions into one address range: the largest first, each at the lowest offset where it meets
 * no region that is alive at the same time (Pisarchyk and Lee, "Efficient memory management for
 * deep neural net inference", 2020).
 */
final class Arena {
  /** Every region starts on a cache line. */
  static final long ALIGNMENT = 64;

  /** Bytes between private regions that nothing may touch. */
  static final long GUARD = 256;

  private Arena() {}

  /** Sets every region's offset, from {@code start} on, and returns the end of the last. */
  static long pack(List<Region> regions, long start) {
    List<Region> order = new ArrayList<>(regions);
    order.sort(
        Comparator.comparingLong((Region r) -> -r.bytes)
            .thenComparingInt(r -> r.first)
            .thenComparing(r -> r.path));
    List<Region> placed = new ArrayList<>(); // by offset
    long end = start;
    for (Region region : order) {
      region.offset = lowest(region, placed, start);
      placed.add(after(region, placed), region);
      end = Math.max(end, region.offset + align(region.bytes));
    }
    return end;
  }

  /**
   * Gives every region an offset of its own with guards around it, and returns the end of the last
   * guard.
   */
  static long spread(List<Region> regions, long start) {
    long at = start + GUARD;
    for (Region region : regions) {
      region.offset = at;
      at += align(region.bytes) + GUARD;
    }
    return at;
  }

  static long align(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** Where a region belongs behind all that begin no later. */
  private static int after(Region region, List<Region> placed) {
    int low = 0;
    int high = placed.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (placed.get(middle).offset <= region.offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static long lowest(Region region, List<Region> placed, long start) {
    long at = start;
    for (Region other : placed) {
      if (other.overlaps(region)) {
        if (other.offset - at >= align(region.bytes)) {
          return at;
        }
        at = Math.max(at, other.offset + align(other.bytes));
      }
    }
    return at;
  }
}
