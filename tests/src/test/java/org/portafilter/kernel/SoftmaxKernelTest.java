package org.portafilter.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.graph.SoftmaxOp;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.MathOracle;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.Tolerance;

@KernelTest
class SoftmaxKernelTest {
  private final OpRunner runner = new OpRunner(TestDevice.get());

  static Stream<Arguments> cases() {
    return Case.family("softmax").stream()
        .flatMap(c -> Stream.of(Arguments.of(c, DType.FLOAT32), Arguments.of(c, DType.FLOAT64)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void softmaxAndItsLossEqualTheOracle(Case c, DType dtype) {
    int rows = c.number("n");
    int classes = c.number("c");
    double[] x = Draw.uniform("x" + c, (long) rows * classes);
    double[] dy = Draw.uniform("dy" + c, (long) rows * classes);
    int[] labels = new int[rows];
    double[] labelValues = new double[rows];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) (x[i] * 10);
    }
    for (int r = 0; r < rows; r++) {
      labels[r] = (r * 7) % classes;
      labelValues[r] = labels[r];
    }
    ValueType matrix = new ValueType(Shape.of(rows, classes), dtype);
    Input logits = new Input(matrix, x);
    Input wanted = new Input(new ValueType(Shape.of(rows), DType.INT32), labelValues);
    Input one = new Input(new ValueType(Shape.of(), dtype), new double[] {1});
    double[] y = MathOracle.softmax(x, rows, classes);
    Tolerance.TRANSCENDENTAL.check(
        "y " + c, dtype, y, runner.run(new SoftmaxOp.Forward(), dtype, logits).get(0));
    List<double[]> loss = runner.run(new SoftmaxOp.CrossEntropy(), dtype, logits, wanted);
    // The loss is a difference of a logit and a logarithm, both up to 10 or so.
    double[] magnitude = {10};
    double[] expected = {MathOracle.crossEntropy(x, labels, classes)};
    Tolerance.TRANSCENDENTAL.check("loss " + c, dtype, expected, loss.get(0), magnitude);
    Tolerance.TRANSCENDENTAL.check("probabilities " + c, dtype, y, loss.get(1));
    double[] grad =
        runner
            .run(new SoftmaxOp.CrossEntropyGrad(), dtype, one, new Input(matrix, y), wanted)
            .get(0);
    Tolerance.TRANSCENDENTAL.check(
        "dlogits " + c, dtype, MathOracle.crossEntropyGrad(x, labels, classes), grad, ones(grad));
    double[] dx = new double[x.length];
    for (int r = 0; r < rows; r++) {
      double dot = 0;
      for (int k = 0; k < classes; k++) {
        dot += dy[r * classes + k] * y[r * classes + k];
      }
      for (int k = 0; k < classes; k++) {
        dx[r * classes + k] = y[r * classes + k] * (dy[r * classes + k] - dot);
      }
    }
    double[] got =
        runner.run(new SoftmaxOp.Grad(), dtype, new Input(matrix, dy), new Input(matrix, y)).get(0);
    Tolerance.TRANSCENDENTAL.check("dx " + c, dtype, dx, got, ones(dx));
  }

  private static double[] ones(double[] like) {
    double[] ones = new double[like.length];
    Arrays.fill(ones, 1);
    return ones;
  }

  @Test
  void countsRankTiesByClass() {
    double[] x = {1, 3, 3, 2, /* row */ 5, 5, 5, 5, /* row */ 0, 1, 2, 3};
    Input logits = new Input(new ValueType(Shape.of(3, 4), DType.FLOAT32), x);
    Input labels = new Input(new ValueType(Shape.of(3), DType.INT32), new double[] {2, 0, 0});
    assertEquals(1, runner.run(new SoftmaxOp.TopCount(1), DType.FLOAT32, logits, labels).get(0)[0]);
    assertEquals(2, runner.run(new SoftmaxOp.TopCount(2), DType.FLOAT32, logits, labels).get(0)[0]);
    assertEquals(3, runner.run(new SoftmaxOp.TopCount(4), DType.FLOAT32, logits, labels).get(0)[0]);
  }

  /** A row that holds NaN is wrong, wherever it is and however many places count. */
  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT32", "FLOAT64"})
  void countsTakeNothingForRight(DType dtype) {
    for (int classes : new int[] {1, 4, 33, 1000}) {
      double inf = Double.POSITIVE_INFINITY;
      for (int at = 0; at < classes; at += Math.max(1, classes / 5)) {
        double[] x = Draw.uniform("x" + classes, 3L * classes);
        x[at] = Double.NaN;
        x[classes + at] = inf;
        x[2 * classes + at] = -inf;
        Input logits = new Input(new ValueType(Shape.of(3, classes), dtype), x);
        for (int label : new int[] {0, at, classes - 1}) {
          double[] l = {label, label, label};
          Input labels = new Input(new ValueType(Shape.of(3), DType.INT32), l);
          double all = runner.run(new SoftmaxOp.TopCount(classes), dtype, logits, labels).get(0)[0];
          assertEquals(2, all, "infinite rows count, the one with NaN does not");
        }
        double[] own = {at, at, at};
        Input labels = new Input(new ValueType(Shape.of(3), DType.INT32), own);
        double first = runner.run(new SoftmaxOp.TopCount(1), dtype, logits, labels).get(0)[0];
        assertEquals(classes == 1 ? 2 : 1, first, "the largest is infinite");
      }
    }
  }

  @Test
  void labelOutOfRangeIsAnError() {
    Input logits = new Input(new ValueType(Shape.of(1, 4), DType.FLOAT32), new double[4]);
    for (double label : new double[] {4, -1}) {
      Input labels = new Input(new ValueType(Shape.of(1), DType.INT32), new double[] {label});
      PortafilterException e =
          assertThrows(
              PortafilterException.class,
              () -> runner.run(new SoftmaxOp.CrossEntropy(), DType.FLOAT32, logits, labels));
      assertTrue(e.getMessage().contains("label"), e.getMessage());
    }
  }

  /** Two classes a distance apart: the smaller probability is exp(-d) / (1 + exp(-d)). */
  @Test
  void exponentialsAreRightOverTheirWholeRange() {
    int rows = 20_000;
    double[] x = new double[2 * rows];
    for (int r = 0; r < rows; r++) {
      x[2 * r + 1] = (float) (-100.0 * r / rows);
    }
    Input logits = new Input(new ValueType(Shape.of(rows, 2), DType.FLOAT32), x);
    double[] got = runner.run(new SoftmaxOp.Forward(), DType.FLOAT32, logits).get(0);
    double worst = 0;
    for (int r = 0; r < rows; r++) {
      double e = Math.exp(x[2 * r + 1]);
      double expected = e / (1 + e);
      if (x[2 * r + 1] > -87.3) {
        worst = Math.max(worst, Math.abs(got[2 * r + 1] - expected) / expected);
      } else {
        assertEquals(0, got[2 * r + 1], 2e-38);
      }
    }
    assertTrue(worst < 4 * 0x1.0p-23, "relative error " + worst);
  }

  @Test
  void infinitiesAndNaN() {
    double inf = Double.POSITIVE_INFINITY;
    double[] x = {0, -inf, 0, /* row */ 1, Double.NaN, 2, /* row */ -3e38, 3e38, 0};
    Input logits = new Input(new ValueType(Shape.of(3, 3), DType.FLOAT32), x);
    double[] got = runner.run(new SoftmaxOp.Forward(), DType.FLOAT32, logits).get(0);
    assertEquals(0.5, got[0]);
    assertEquals(0, got[1]);
    for (int i = 3; i < 6; i++) {
      assertTrue(Double.isNaN(got[i]));
    }
    assertEquals(1, got[7]);
    assertEquals(0, got[6]);
  }
}
