package org.portafilter.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.portafilter.testkit.PreciseMath.of;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.portafilter.graph.SoftmaxOp;
import org.portafilter.loss.BinaryCrossEntropy;
import org.portafilter.loss.Focal;
import org.portafilter.loss.Huber;
import org.portafilter.loss.Loss;
import org.portafilter.loss.MeanAbsoluteError;
import org.portafilter.loss.MeanSquaredError;
import org.portafilter.loss.MultiClassHinge;
import org.portafilter.loss.NegativeLogLikelihood;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.LossOracle;
import org.portafilter.testkit.LossOracle.Answer;
import org.portafilter.testkit.LossRunner;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.PreciseMath;
import org.portafilter.testkit.TestDevice;

/** Losses and their gradients where numbers are very large, very small, certain or infinite. */
@KernelTest
class ExtremeLossTest {
  private static final double INF = Double.POSITIVE_INFINITY;
  private static final double[] SIZES = {
    0, 1e-30, 1e-5, 0.5, 1, 9, 10, 16, 17, 20, 36, 40, 80, 87, 88, 104, 746, 1e4, 1e30
  };
  private static final double[] TARGETS = {0, 1, 0.5, 0.25, 0.999, 1e-6, 1e-30};

  private enum Precision {
    FLOAT32(DType.FLOAT32, 1e-6, Float.MIN_NORMAL),
    FLOAT64(DType.FLOAT64, 1e-13, Double.MIN_NORMAL);

    final DType dtype;
    final double relative;
    final double least;

    Precision(DType dtype, double relative, double least) {
      this.dtype = dtype;
      this.relative = relative;
      this.least = least;
    }

    double round(double x) {
      return dtype == DType.FLOAT32 ? (float) x : x;
    }
  }

  private static void check(
      String what,
      BigDecimal expected,
      BigDecimal size,
      double got,
      double relative,
      double least) {
    double error = Double.isFinite(got) ? of(got).subtract(expected).abs().doubleValue() : INF;
    double allowed = relative * size.abs().doubleValue() + least;
    assertTrue(
        error <= allowed,
        () ->
            "%s: expected %s, got %s, error %s, allowed %s"
                .formatted(what, expected.doubleValue(), got, error, allowed));
  }

  private static void check(String what, Precision p, Answer answer, double[] got, double slack) {
    // Each of a row's powers may be flushed to 0.
    double least = answer.gradient().length * p.least;
    check(what + " loss", answer.loss(), answer.loss(), got[0], p.relative, least);
    for (int c = 0; c < answer.gradient().length; c++) {
      BigDecimal size = answer.sizes()[c];
      check(
          what + " gradient " + c,
          answer.gradient()[c],
          size,
          got[1 + c],
          p.relative * slack,
          least);
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void binaryCrossEntropyOfLogits(Precision p) {
    try (LossRunner runner = new LossRunner(BinaryCrossEntropy.of(), p.dtype, 1, false)) {
      for (double size : SIZES) {
        for (double sign : new double[] {-1, 1}) {
          for (double t : TARGETS) {
            double x = p.round(sign * size);
            double target = p.round(t);
            double[] got = runner.run(new double[] {x}, target);
            check("x %s, target %s,".formatted(x, t), p, LossOracle.binary(x, target), got, 1);
          }
        }
      }
      for (double x = -80; x <= 80; x += 0.37) {
        for (double t : new double[] {0, 1}) {
          double at = p.round(x);
          double[] got = runner.run(new double[] {at}, t);
          check("x %s, target %s,".formatted(at, t), p, LossOracle.binary(at, t), got, 1);
        }
      }
      for (double t : new double[] {0, 1}) {
        double[] right = runner.run(new double[] {t == 1 ? INF : -INF}, t);
        assertEquals(0, right[0]);
        assertEquals(0, Math.abs(right[1]));
        double[] wrong = runner.run(new double[] {t == 1 ? -INF : INF}, t);
        assertEquals(INF, wrong[0]);
        assertEquals(t == 1 ? -1 : 1, wrong[1]);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void binaryCrossEntropyOfProbabilities(Precision p) {
    BigDecimal bound = of(126 * Math.log(2));
    try (LossRunner runner =
        new LossRunner(BinaryCrossEntropy.ofProbabilities(), p.dtype, 1, false)) {
      double[] shares = {
        0, 1e-42, 1e-37, 1e-30, 1e-10, 1e-5, 0.1, 0.5, 0.9, 1 - 1e-5, 1 - 0x1.0p-24, 1
      };
      for (double share : shares) {
        for (double t : TARGETS) {
          double x = p.round(share);
          double target = p.round(t);
          BigDecimal yes = x == 0 ? bound : PreciseMath.log(of(x)).negate().min(bound);
          BigDecimal no = x == 1 ? bound : PreciseMath.log1p(of(-x)).negate();
          BigDecimal rest = BigDecimal.ONE.subtract(of(target));
          BigDecimal loss = of(target).multiply(yes).add(rest.multiply(no));
          double[] got = runner.run(new double[] {x}, target);
          String what = "p " + x + ", target " + t;
          check(what, loss, loss, got[0], p.relative, p.least);
          if (x > 1e-37 && x < 1) {
            BigDecimal up = rest.divide(BigDecimal.ONE.subtract(of(x)), PreciseMath.DIGITS);
            BigDecimal down = of(target).divide(of(x), PreciseMath.DIGITS);
            check(what, up.subtract(down), up.add(down), got[1], p.relative, p.least);
          } else {
            assertTrue(Double.isFinite(got[1]), what + ": " + got[1]);
          }
        }
      }
    }
  }

  /** Rows of three logits, from certain to undecided. */
  private static List<double[]> rows(Precision p) {
    List<double[]> rows = new ArrayList<>();
    for (double size : SIZES) {
      double x = p.round(size);
      double near = p.round(0.1);
      rows.add(new double[] {x, 0, 0});
      rows.add(new double[] {-x, 0, 1});
      rows.add(new double[] {x, near, -x});
      rows.add(new double[] {x, x, p.round(-3.3)});
      rows.add(new double[] {-x, -x, -x});
      rows.add(new double[] {x, -INF, p.round(size / 3)});
      rows.add(new double[] {-INF, -x, -INF});
    }
    return rows;
  }

  /** What every class has of the label's loss, each with its weight. */
  private static double[] parts(Precision p, int label, double smoothing, double... weights) {
    double[] parts = new double[weights.length];
    for (int c = 0; c < weights.length; c++) {
      double target = (c == label ? 1 - smoothing : 0) + smoothing / weights.length;
      parts[c] = p.round(p.round(target) * weights[c]) / weights[label];
    }
    return parts;
  }

  private static boolean reaches(double[] row, double[] parts) {
    for (int c = 0; c < row.length; c++) {
      if (row[c] == -INF && parts[c] != 0) {
        return true;
      }
    }
    return false;
  }

  private static void crossEntropy(
      Precision p, Loss loss, double smoothing, double slack, double... weights) {
    try (LossRunner runner = new LossRunner(loss, p.dtype, 3, true)) {
      for (double[] row : rows(p)) {
        for (int label = 0; label < 3; label++) {
          double[] parts = parts(p, label, smoothing, weights);
          double[] got = runner.run(row, label);
          String what = loss + " of " + Arrays.toString(row) + ", label " + label;
          if (weights[label] == 0) {
            assertTrue(Arrays.stream(got).allMatch(x -> x == 0), what + Arrays.toString(got));
          } else if (reaches(row, parts)) {
            assertEquals(INF, got[0], what);
          } else {
            check(what, p, LossOracle.crossEntropy(row, parts), got, slack);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void softmaxCrossEntropy(Precision p) {
    SoftmaxCrossEntropy plain = SoftmaxCrossEntropy.of();
    // Gradients go through logarithms of probabilities, whose rounding their exponentials show.
    crossEntropy(p, plain.withIgnored(255), 0, 60, 1, 1, 1);
    crossEntropy(p, plain.withClassWeights(1, 0.5, 0), 0, 60, 1, 0.5, 0);
    crossEntropy(p, plain.withSmoothing(0.1), 0.1, 60, 1, 1, 1);
    crossEntropy(p, plain.withSmoothing(0.1).withClassWeights(2, 0, 3), 0.1, 60, 2, 0, 3);
  }

  /**
   * Its gradient is of probabilities, which show the rounding of a logit's distance from the
   * largest.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void plainSoftmaxCrossEntropy(Precision p) {
    try (LossRunner runner = new LossRunner(SoftmaxCrossEntropy.of(), p.dtype, 3, true)) {
      for (double[] row : rows(p)) {
        for (int label = 0; label < 3; label++) {
          double[] parts = parts(p, label, 0, 1, 1, 1);
          double[] got = runner.run(row, label);
          String what = Arrays.toString(row) + ", label " + label;
          if (reaches(row, parts)) {
            assertEquals(INF, got[0], what);
            continue;
          }
          Answer answer = LossOracle.crossEntropy(row, parts);
          check(what, answer.loss(), answer.loss(), got[0], p.relative, 3 * p.least);
          for (int c = 0; c < 3; c++) {
            double least = 2 * p.least;
            BigDecimal size = answer.gradient()[c];
            check(what, answer.gradient()[c], size, got[1 + c], 10 * p.relative, least);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void focal(Precision p) {
    for (int gamma : new int[] {1, 2, 5}) {
      try (LossRunner runner = new LossRunner(Focal.of(gamma), p.dtype, 3, true)) {
        for (double[] row : rows(p)) {
          for (int label = 0; label < 3; label++) {
            double[] got = runner.run(row, label);
            String what = "gamma " + gamma + " of " + Arrays.toString(row) + ", label " + label;
            if (row[label] == -INF) {
              assertEquals(INF, got[0], what);
            } else {
              // Powers multiply relative errors.
              Answer answer = LossOracle.focal(row, label, gamma);
              check(what, answer.loss(), answer.loss(), got[0], 8 * p.relative, p.least);
              for (int c = 0; c < 3; c++) {
                BigDecimal size = answer.sizes()[c];
                check(what, answer.gradient()[c], size, got[1 + c], 60 * p.relative, p.least);
              }
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void scoresAndLogarithms(Precision p) {
    try (LossRunner likelihood = new LossRunner(NegativeLogLikelihood.of(), p.dtype, 3, true);
        LossRunner hinge = new LossRunner(MultiClassHinge.of(1), p.dtype, 3, true)) {
      for (double[] row : rows(p)) {
        for (int label = 0; label < 3; label++) {
          double[] got = likelihood.run(row, label);
          assertEquals(0 - row[label], got[0] + 0.0);
          double[] scores = hinge.run(row, label);
          String what = Arrays.toString(row) + ", label " + label;
          double expected = 0;
          for (int c = 0; c < 3; c++) {
            assertEquals(c == label ? -1 : 0, got[1 + c] + 0.0);
            expected += c == label || row[c] == -INF ? 0 : Math.max(0, row[c] - row[label] + 1);
          }
          boolean masked = row[label] == -INF;
          // Of two masked classes neither is ahead.
          if (!masked || Arrays.stream(row).filter(x -> x == -INF).count() == 1) {
            double wanted = masked ? INF : p.round(expected);
            assertEquals(wanted, scores[0], wanted == INF ? 0 : 1e-6 * (1 + wanted), what);
          }
        }
      }
      double[] near = hinge.run(new double[] {0, p.round(-1 + 0x1.0p-20), -9}, 0);
      assertEquals(0x1.0p-20, near[0], "next to the margin");
      double[] sure = hinge.run(new double[] {INF, 3, -INF}, 0);
      assertTrue(Arrays.stream(sure).allMatch(x -> x == 0), Arrays.toString(sure));
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void distances(Precision p) {
    try (LossRunner absolute = new LossRunner(MeanAbsoluteError.of(), p.dtype, 2, false);
        LossRunner huber = new LossRunner(Huber.of(), p.dtype, 2, false);
        LossRunner square = new LossRunner(MeanSquaredError.of(), p.dtype, 2, false)) {
      for (double size : SIZES) {
        double x = p.round(size);
        double[] row = {x, -x};
        double[] got = absolute.run(row, 0, 0);
        assertEquals(x, got[0]);
        double[] robust = huber.run(row, 0, 0);
        double wanted = x <= 1 ? x * x / 2 : x - 0.5;
        assertEquals(wanted, robust[0], p.relative * wanted + p.least);
        assertEquals(Math.min(1, x) / 2, robust[1], p.relative);
        double[] quadratic = square.run(row, 0, 0);
        double fits = p.dtype == DType.FLOAT32 && x * x > Float.MAX_VALUE ? INF : x * x;
        assertEquals(fits, quadratic[0], fits == INF ? 0 : p.relative * fits + p.least);
        assertEquals(x, quadratic[1], p.relative * x + p.least);
      }
    }
  }

  /** Where several logits are infinite they share, and one alone is certain. */
  @Test
  void infiniteLogits() {
    OpRunner runner = new OpRunner(TestDevice.get());
    double[] x = {INF, 0, 3, /* row */ INF, INF, -INF, /* row */ -INF, -INF, -INF};
    for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
      Input logits = new Input(new ValueType(Shape.of(3, 3), dtype), x);
      double[] p = runner.run(new SoftmaxOp.Forward(), dtype, logits).get(0);
      assertEquals(List.of(1.0, 0.0, 0.0, 0.5, 0.5, 0.0), list(p, 6));
      double[] logs = runner.run(new SoftmaxOp.Log(), dtype, logits).get(0);
      assertEquals(List.of(0.0, -INF, -INF), list(logs, 3));
      assertEquals(-Math.log(2), logs[3], 1e-7);
      assertEquals(-INF, logs[5]);
      for (int i = 6; i < 9; i++) {
        assertTrue(Double.isNaN(p[i]) && Double.isNaN(logs[i]), "no class is possible");
      }
      for (Loss loss :
          List.of(SoftmaxCrossEntropy.of(), SoftmaxCrossEntropy.of().withIgnored(9), Focal.of(2))) {
        try (LossRunner row = new LossRunner(loss, dtype, 3, true)) {
          double[] right = row.run(new double[] {INF, 0, 3}, 0);
          assertTrue(Arrays.stream(right).allMatch(v -> v == 0), loss + Arrays.toString(right));
          assertEquals(INF, row.run(new double[] {INF, 0, 3}, 1)[0], "" + loss);
          assertTrue(Double.isNaN(row.run(new double[] {Double.NaN, 0, 3}, 1)[0]), "" + loss);
        }
      }
    }
  }

  /** Nothing is asked of an ignored row, whatever is in it. */
  @Test
  void anIgnoredRowMayHoldAnything() {
    for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
      Loss loss = SoftmaxCrossEntropy.of().withIgnored(9);
      try (LossRunner runner = new LossRunner(loss, dtype, 3, true)) {
        for (double odd : new double[] {INF, -INF, Double.NaN, 1e30}) {
          double[] got = runner.run(new double[] {odd, odd, 1}, 9);
          assertTrue(Arrays.stream(got).allMatch(v -> v == 0), Arrays.toString(got));
        }
      }
    }
  }

  private static List<Double> list(double[] values, int count) {
    return Arrays.stream(values).limit(count).boxed().toList();
  }
}
