package org.portafilter.shape;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class ShapeTest {
  /** The elements of a shape fit a long; their bytes, and sums over many values, need not. */
  @Test
  void bytesBeyondEveryMachineAreRefused() {
    assertEquals(1L << 46, new ValueType(Shape.of(1L << 44), DType.FLOAT32).bytes());
    for (long count : new long[] {1L << 47, 1L << 61, 1L << 62, Long.MAX_VALUE}) {
      ValueType type = new ValueType(Shape.of(count), DType.FLOAT32);
      String message = assertThrows(ShapeException.class, type::bytes).getMessage();
      assertTrue(message.contains("smaller batch"), message);
    }
    ValueType blocks =
        new ValueType(Shape.of(1L << 40, 1, 1 << 10, 1 << 10), DType.FLOAT64)
            .withLayout(Layout.CHANNEL_BLOCKS);
    assertThrows(ShapeException.class, blocks::bytes);
    assertEquals(
        2L * 32 * 9 * 4,
        new ValueType(Shape.of(2, 17, 3, 3), DType.FLOAT32)
            .withLayout(Layout.CHANNEL_BLOCKS)
            .bytes());
  }

  @Test
  void badNumbersAreRefused() {
    assertThrows(ShapeException.class, () -> Shape.of(1, 0));
    assertThrows(ShapeException.class, () -> Shape.of(Long.MAX_VALUE, 2));
    assertEquals("64x1x28x28", Shape.of(1, 28, 28).prepend(64).toString());
  }
}
