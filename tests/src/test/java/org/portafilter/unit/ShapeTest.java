package org.portafilter.unit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.shape.DType;
import org.portafilter.shape.Layout;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;

@Tag("unit")
class ShapeTest {
  @Test
  void windowsFollowTheFormula() {
    assertEquals(55, Window.of(11).withStride(4).outputHeight(227));
    assertEquals(4, Window.of(5).withStride(2).outputWidth(11));
    assertEquals(6, Window.of(3).withDilation(2).outputHeight(10));
    assertEquals(0, Window.of(3).outputHeight(2));
    assertTrue(Window.of(5).withStride(3).outputHeight(1) < 1);
  }

  /** Every small window, against a plain search for a pixel that it covers. */
  @Test
  void windowsInPaddingAloneAreFound() {
    int found = 0;
    for (int size = 1; size <= 7; size++) {
      for (int kernel = 1; kernel <= 3; kernel++) {
        for (int stride = 1; stride <= 4; stride++) {
          for (int dilation = 1; dilation <= 4; dilation++) {
            for (int before = 0; before <= 9; before++) {
              for (int after = 0; after <= 9; after++) {
                Window across =
                    Window.of(1, kernel)
                        .withStride(1, stride)
                        .withDilation(1, dilation)
                        .withPadding(0, before, 0, after);
                Window down =
                    Window.of(kernel, 1)
                        .withStride(stride, 1)
                        .withDilation(dilation, 1)
                        .withPadding(before, 0, after, 0);
                long expected = firstOutside(across, size);
                assertEquals(expected, across.columnInPaddingAlone(size), across + " on " + size);
                assertEquals(expected, down.rowInPaddingAlone(size), down + " on " + size);
                assertEquals(-1, across.rowInPaddingAlone(size));
                found += expected >= 0 ? 1 : 0;
              }
            }
          }
        }
      }
    }
    assertTrue(found > 1000, "cases with such windows: " + found);
    Window huge = Window.of(1 << 30).withPadding(1 << 29);
    assertEquals(-1, huge.rowInPaddingAlone(1L << 40));
    assertEquals(0, huge.withPadding(Integer.MAX_VALUE).rowInPaddingAlone(1));
  }

  private static long firstOutside(Window window, int size) {
    for (int output = 0; output < window.outputWidth(size); output++) {
      boolean covers = false;
      for (int tap = 0; tap < window.kernelWidth(); tap++) {
        int at = output * window.strideWidth() - window.padLeft() + tap * window.dilationWidth();
        covers |= at >= 0 && at < size;
      }
      if (!covers) {
        return output;
      }
    }
    return -1;
  }

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
    assertThrows(ShapeException.class, () -> Window.of(0));
    assertThrows(ShapeException.class, () -> Window.of(3).withStride(0));
    assertThrows(ShapeException.class, () -> Window.of(3).withPadding(-1));
    assertEquals("64x1x28x28", Shape.of(1, 28, 28).prepend(64).toString());
    assertEquals(
        "3x5 stride 2 padding 1 dilation 2",
        Window.of(3, 5).withStride(2).withPadding(1).withDilation(2).toString());
  }
}
