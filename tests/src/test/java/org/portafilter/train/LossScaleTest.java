package org.portafilter.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.device.MathMode;

@Tag("unit")
class LossScaleTest {
  private static LossScale after(LossScale scale, int steps) {
    LossScale now = scale;
    for (int i = 0; i < steps; i++) {
      now = now.afterStep();
    }
    return now;
  }

  @Test
  void itDoublesAfterTwoThousandStepsAndHalvesAtAnOverflow() {
    LossScale first = LossScale.first(MathMode.FLOAT16);
    assertEquals(65536, first.value());
    assertEquals(65536, after(first, 1999).value());
    assertEquals(131072, after(first, 2000).value());
    assertEquals(131072, after(first, 3999).value());
    assertEquals(262144, after(first, 4000).value());
    LossScale halved = after(first, 1999).afterOverflow();
    assertEquals(32768, halved.value());
    assertEquals(32768, after(halved, 1999).value());
    assertEquals(65536, after(halved, 2000).value());
  }

  @Test
  void itComesBackFromOne() {
    assertEquals(2, after(new LossScale(2, 0).afterOverflow(), 2000).value());
  }

  @Test
  void itEndsSomewhere() {
    assertEquals(0x1p24, after(LossScale.first(MathMode.FLOAT16), 100_000).value());
  }

  @Test
  void otherMathHasNone() {
    for (MathMode math : MathMode.values()) {
      if (math != MathMode.FLOAT16) {
        assertEquals(LossScale.NONE, LossScale.first(math));
      }
    }
  }
}
