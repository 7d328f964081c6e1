package org.portafilter.unit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
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
