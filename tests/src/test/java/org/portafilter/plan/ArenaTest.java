package org.portafilter.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("plan")
class ArenaTest {
  private static final int STEPS = 40;

  private static List<Region> drawn(SplittableRandom random) {
    List<Region> regions = new ArrayList<>();
    int count = random.nextInt(1, 120);
    for (int i = 0; i < count; i++) {
      int first = random.nextInt(STEPS);
      Region region = Region.arena("value" + i, random.nextLong(1, 3000), first);
      region.readAt(random.nextInt(first, STEPS));
      regions.add(region);
    }
    return regions;
  }

  /** Bytes that are alive at the step where most are. */
  private static long mostAlive(List<Region> regions) {
    long most = 0;
    for (int step = 0; step < STEPS; step++) {
      long alive = 0;
      for (Region region : regions) {
        alive += region.first <= step && step <= region.last ? Arena.align(region.bytes) : 0;
      }
      most = Math.max(most, alive);
    }
    return most;
  }

  private static boolean touch(Region a, Region b) {
    return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 64, 4096})
  void whatIsAliveTogetherSharesNoByte(long start) {
    for (int seed = 0; seed < 100; seed++) {
      List<Region> regions = drawn(new SplittableRandom(seed));
      long end = Arena.pack(regions, start);
      long behind = start;
      long all = 0;
      for (Region region : regions) {
        assertEquals(0, region.offset % Arena.ALIGNMENT, region.path);
        assertTrue(region.offset >= start, region.path);
        behind = Math.max(behind, region.offset + Arena.align(region.bytes));
        all += Arena.align(region.bytes);
        for (Region other : regions) {
          boolean together = other != region && region.overlaps(other);
          assertTrue(!together || !touch(region, other), region.path + " and " + other.path);
        }
      }
      assertEquals(behind, end);
      assertTrue(end - start >= mostAlive(regions));
      assertTrue(end - start <= all);
    }
  }

  @Test
  void oneAfterTheOtherTakesTheRoomOfTheLargest() {
    List<Region> chain = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      chain.add(Region.arena("value" + i, 100 * (i + 1), i));
    }
    assertEquals(Arena.align(1000), Arena.pack(chain, 0));
  }

  /**
   * The order in which regions come is that of the plan's nodes; their places do not depend on it.
   */
  @Test
  void theOrderOfRegionsDecidesNothing() {
    List<Region> forward = drawn(new SplittableRandom(7));
    List<Region> backward = drawn(new SplittableRandom(7));
    Collections.reverse(backward);
    assertEquals(Arena.pack(forward, 0), Arena.pack(backward, 0));
    Collections.reverse(backward);
    for (int i = 0; i < forward.size(); i++) {
      assertEquals(forward.get(i).offset, backward.get(i).offset, forward.get(i).path);
    }
  }

  @Test
  void privateRegionsLieBetweenGuards() {
    List<Region> regions = drawn(new SplittableRandom(3));
    long end = Arena.spread(regions, 128);
    long free = 128;
    for (Region region : regions) {
      assertTrue(region.offset - free >= Arena.GUARD, region.path);
      free = region.offset + region.bytes;
    }
    assertTrue(end - free >= Arena.GUARD);
  }
}
