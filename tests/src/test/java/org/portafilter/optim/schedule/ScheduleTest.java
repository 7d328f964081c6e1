package org.portafilter.optim.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.shape.PortafilterException;

@Tag("unit")
class ScheduleTest {
  private static void rates(Schedule schedule, double... expected) {
    for (int step = 0; step < expected.length; step++) {
      assertEquals(expected[step], schedule.rate(step, 0.8), 1e-12, schedule + " at " + step);
    }
  }

  @Test
  void ratesFollowTheFormulas() {
    rates(Constant.of(), 0.8, 0.8);
    rates(StepDecay.of(2, 0.5), 0.8, 0.8, 0.4, 0.4, 0.2);
    rates(Cosine.of(4), 0.8, 0.4 * (1 + Math.sqrt(0.5)), 0.4, 0.4 * (1 - Math.sqrt(0.5)), 0, 0);
    rates(Cosine.of(2).withFloor(0.5), 0.8, 0.6, 0.4, 0.4);
    rates(WarmUp.of(4, StepDecay.of(1, 0.5)), 0.2, 0.4, 0.6, 0.8, 0.8, 0.4);
    rates(Exponential.of(2, 0.25), 0.8, 0.4, 0.2, 0.1);
    rates(Polynomial.of(4), 0.8, 0.6, 0.4, 0.2, 0, 0);
    rates(Polynomial.of(2).withPower(2), 0.8, 0.2, 0);
    rates(OneCycle.of(8).withRise(0.25).withEnds(0.5, 0), 0.4, 0.6, 0.8);
    assertEquals(0.4, OneCycle.of(8).withRise(0.25).withEnds(0.5, 0).rate(5, 0.8), 1e-12);
    assertEquals(0.8 / 250_000, OneCycle.of(8).rate(100, 0.8), 1e-12);
    rates(Cyclic.of(2, 0.5).withDecay(0.5), 0.4, 0.6, 0.8, 0.6, 0.4, 0.5, 0.6, 0.5, 0.4);
    rates(Then.of(Constant.of(), 2, StepDecay.of(1, 0.5)), 0.8, 0.8, 0.8, 0.4);
  }

  @Test
  void badNumbersAreRefused() {
    assertThrows(PortafilterException.class, () -> Cosine.of(0));
    assertThrows(PortafilterException.class, () -> StepDecay.of(1, 1.5));
    assertThrows(PortafilterException.class, () -> WarmUp.of(0, Constant.of()));
    assertThrows(PortafilterException.class, () -> Exponential.of(1, 0));
    assertThrows(PortafilterException.class, () -> Polynomial.of(0));
    assertThrows(PortafilterException.class, () -> OneCycle.of(1));
    assertThrows(PortafilterException.class, () -> Cyclic.of(1, 2));
    assertThrows(PortafilterException.class, () -> Then.of(Constant.of(), 0, Constant.of()));
  }
}
