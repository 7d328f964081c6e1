package org.portafilter.shape;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class WindowTest {
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

  @Test
  void badNumbersAreRefused() {
    assertThrows(ShapeException.class, () -> Window.of(0));
    assertThrows(ShapeException.class, () -> Window.of(3).withStride(0));
    assertThrows(ShapeException.class, () -> Window.of(3).withPadding(-1));
    assertThrows(ShapeException.class, () -> Window.of(3).withDilation(0));
  }

  @Test
  void theTextLeavesOutWhatIsUsual() {
    assertEquals("3x3", Window.of(3).toString());
    assertEquals(
        "3x5 stride 2 padding 1 dilation 2",
        Window.of(3, 5).withStride(2).withPadding(1).withDilation(2).toString());
    assertEquals(
        "3x3 stride 2x1 padding 0,1,0,1",
        Window.of(3).withStride(2, 1).withPadding(0, 1, 0, 1).toString());
  }
}
