package org.portafilter.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.shape.PortafilterException;

@Tag("unit")
class PathPatternTest {
  @Test
  void aPathNamesAllBelowIt() {
    PathPattern stage = new PathPattern("stage1");
    assertTrue(stage.matches("stage1"));
    assertTrue(stage.matches("stage1/conv/weight"));
    assertFalse(stage.matches("stage10/conv/weight"));
    assertFalse(stage.matches("body/stage1/conv/weight"));
  }

  @Test
  void anExpressionNamesItsEnds() {
    PathPattern biases = new PathPattern(".*bias");
    assertTrue(biases.matches("bias"));
    assertTrue(biases.matches("stage1/conv/bias"));
    assertFalse(biases.matches("stage1/conv/biases"));
    assertTrue(new PathPattern("stage[12]/.*weight").matches("stage2/conv/weight"));
  }

  /** The slash behind a pattern belongs to all of its alternatives. */
  @Test
  void alternativesAreWhole() {
    PathPattern either = new PathPattern("stem|head");
    assertTrue(either.matches("stem/weight"));
    assertTrue(either.matches("head/bias"));
    assertFalse(either.matches("stems/weight"));
    assertFalse(either.matches("ahead"));
  }

  @Test
  void whatIsNoExpressionIsRefused() {
    PortafilterException refused =
        assertThrows(PortafilterException.class, () -> new PathPattern("stage(1"));
    assertEquals("'stage(1' is not a regular expression: Unclosed group", refused.getMessage());
  }
}
