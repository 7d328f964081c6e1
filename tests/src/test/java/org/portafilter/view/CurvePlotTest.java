package org.portafilter.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers beside a curve are whole. */
@Tag("unit")
class CurvePlotTest {
  @ParameterizedTest
  @CsvSource({"0.08, 0.08", "0, 0", "-0.5, -0.5", "0.123456, 0.12346", "12, 12", "1.25, 1.25"})
  void labelsHaveTheirZero(double value, String label) {
    assertEquals(label, CurvePlot.label(value));
  }
}
