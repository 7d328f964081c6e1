package org.portafilter.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.graph.Gradients;
import org.portafilter.graph.Graph;
import org.portafilter.graph.SoftmaxOp;
import org.portafilter.graph.Value;
import org.portafilter.loss.BinaryCrossEntropy;
import org.portafilter.loss.Focal;
import org.portafilter.loss.Huber;
import org.portafilter.loss.Loss;
import org.portafilter.loss.MeanAbsoluteError;
import org.portafilter.loss.MeanSquaredError;
import org.portafilter.loss.MultiClassHinge;
import org.portafilter.loss.NegativeLogLikelihood;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.plan.Spec;
import org.portafilter.plan.State;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.Case;
import org.portafilter.testkit.Differences;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.MathOracle;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.TestDevice;
import org.portafilter.testkit.Tolerance;

/** Losses and their gradients against their formulas, and the ops they are made of. */
@KernelTest
class LossKernelTest {
  private static final int ROWS = 5;
  private static final int CLASSES = 4;
  private static final int[] LABELS = {0, 3, 2, 2, 1};
  private static final double[] SCORES = scores();
  private static final double[] NUMBERS = Draw.uniform("targets", ROWS * CLASSES);

  private static double[] scores() {
    double[] scores = Draw.uniform("scores", ROWS * CLASSES);
    for (int i = 0; i < scores.length; i++) {
      scores[i] *= 3;
    }
    return scores;
  }

  private static double[] shares() {
    double[] shares = NUMBERS.clone();
    for (int i = 0; i < shares.length; i++) {
      shares[i] = (1 + shares[i]) / 2;
    }
    return shares;
  }

  private interface Term {
    double of(double x, double target);
  }

  /** The mean of a term over all elements. */
  private static ToDoubleFunction<double[]> mean(double[] targets, Term term) {
    return x -> {
      double sum = 0;
      for (int i = 0; i < x.length; i++) {
        sum += term.of(x[i], targets[i]);
      }
      return sum / x.length;
    };
  }

  private interface RowTerm {
    double of(double[] row, int label);
  }

  /** The mean of a term over all rows that count. */
  private static ToDoubleFunction<double[]> rows(int ignored, RowTerm term) {
    return x -> {
      double sum = 0;
      int count = 0;
      for (int r = 0; r < ROWS; r++) {
        if (LABELS[r] != ignored) {
          double[] row = Arrays.copyOfRange(x, r * CLASSES, (r + 1) * CLASSES);
          sum += term.of(row, LABELS[r]);
          count++;
        }
      }
      return sum / count;
    };
  }

  private static double smoothed(double[] row, int label, double smoothing) {
    double[] p = MathOracle.softmax(row, 1, row.length);
    double sum = 0;
    for (int c = 0; c < row.length; c++) {
      double target = (c == label ? 1 - smoothing : 0) + smoothing / row.length;
      sum -= target * Math.log(p[c]);
    }
    return sum;
  }

  /** Classes count 1, 0.5, 3 and 0; label 1 does not; a tenth of each label is everyone's. */
  private static double weighed(double[] x) {
    double[] weights = {1, 0.5, 3, 0};
    double sum = 0;
    double all = 0;
    for (int r = 0; r < ROWS; r++) {
      double[] row = Arrays.copyOfRange(x, r * CLASSES, (r + 1) * CLASSES);
      double[] p = MathOracle.softmax(row, 1, CLASSES);
      for (int c = 0; c < CLASSES && LABELS[r] != 1; c++) {
        double target = (c == LABELS[r] ? 0.9 : 0) + 0.1 / CLASSES;
        sum -= weights[c] * target * Math.log(p[c]);
      }
      all += LABELS[r] == 1 ? 0 : weights[LABELS[r]];
    }
    return sum / all;
  }

  private static double hinge(double[] row, int label, double margin) {
    double sum = 0;
    for (int c = 0; c < row.length; c++) {
      sum += c == label ? 0 : Math.max(0, row[c] - row[label] + margin);
    }
    return sum;
  }

  private static double focal(double[] row, int label, double gamma) {
    double p = MathOracle.softmax(row, 1, row.length)[label];
    return -Math.pow(1 - p, gamma) * Math.log(p);
  }

  private static double logistic(double p, double target) {
    return -target * Math.log(p) - (1 - target) * Math.log(1 - p);
  }

  static Stream<Arguments> losses() {
    double[] shares = shares();
    double[] probabilities = new double[SCORES.length];
    for (int i = 0; i < SCORES.length; i++) {
      probabilities[i] = 1 / (1 + Math.exp(-SCORES[i]));
    }
    Term square = (x, t) -> (x - t) * (x - t);
    Term absolute = (x, t) -> Math.abs(x - t);
    Term huber =
        (x, t) -> Math.abs(x - t) < 0.5 ? square.of(x, t) / 2 : (absolute.of(x, t) - 0.25) / 2;
    Term logits = (x, t) -> logistic(1 / (1 + Math.exp(-x)), t);
    return Stream.of(
        Arguments.of(MeanSquaredError.of(), SCORES, NUMBERS, mean(NUMBERS, square)),
        Arguments.of(MeanAbsoluteError.of(), SCORES, NUMBERS, mean(NUMBERS, absolute)),
        Arguments.of(Huber.of(0.5), SCORES, NUMBERS, mean(NUMBERS, huber)),
        Arguments.of(BinaryCrossEntropy.of(), SCORES, shares, mean(shares, logits)),
        Arguments.of(
            BinaryCrossEntropy.ofProbabilities(),
            probabilities,
            shares,
            mean(shares, LossKernelTest::logistic)),
        Arguments.of(
            SoftmaxCrossEntropy.of(), SCORES, null, rows(-1, (row, y) -> smoothed(row, y, 0))),
        Arguments.of(
            SoftmaxCrossEntropy.of().withSmoothing(0.1),
            SCORES,
            null,
            rows(-1, (row, y) -> smoothed(row, y, 0.1))),
        Arguments.of(
            SoftmaxCrossEntropy.of().withIgnored(2).withSmoothing(0.2),
            SCORES,
            null,
            rows(2, (row, y) -> smoothed(row, y, 0.2))),
        Arguments.of(
            SoftmaxCrossEntropy.of()
                .withClassWeights(1, 0.5, 3, 0)
                .withIgnored(1)
                .withSmoothing(0.1),
            SCORES,
            null,
            (ToDoubleFunction<double[]>) LossKernelTest::weighed),
        Arguments.of(NegativeLogLikelihood.of(), SCORES, null, rows(-1, (row, y) -> -row[y])),
        Arguments.of(
            MultiClassHinge.of(0.75), SCORES, null, rows(-1, (row, y) -> hinge(row, y, 0.75))),
        Arguments.of(Focal.of(2), SCORES, null, rows(-1, (row, y) -> focal(row, y, 2))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("losses")
  void lossAndGradientFollowTheFormula(
      Loss loss, double[] x, double[] targets, ToDoubleFunction<double[]> formula) {
    double[] wide = run(loss, DType.FLOAT64, x, targets);
    assertEquals(formula.applyAsDouble(x), wide[0], 1e-13);
    double[] gradient = Arrays.copyOfRange(wide, 1, wide.length);
    double[] numeric = Differences.gradient(formula::applyAsDouble, x, 1e-6);
    assertTrue(Differences.relativeError(numeric, gradient) < 1e-8, loss + " against differences");
    double[] narrow = run(loss, DType.FLOAT32, x, targets);
    for (int i = 0; i < wide.length; i++) {
      assertEquals(wide[i], narrow[i], 2e-6, loss + " " + i);
    }
  }

  /** The loss, then its gradient. */
  private static double[] run(Loss loss, DType working, double[] x, double[] targets) {
    Graph.Builder graph = new Graph.Builder();
    Value output = graph.input("x");
    Value value = loss.apply(graph, output, graph.input("labels"));
    graph.name("loss", value);
    graph.name("gradient", Gradients.of(graph, value, List.of(output)).get(output));
    Shape shape = Shape.of(ROWS, CLASSES);
    Map<String, ValueType> leaves = new LinkedHashMap<>();
    leaves.put("x", new ValueType(shape, working));
    boolean classes = targets == null;
    leaves.put(
        "labels",
        classes ? new ValueType(Shape.of(ROWS), DType.INT32) : new ValueType(shape, working));
    Spec spec = Spec.of(leaves).withWorking(working);
    try (State state = new State(TestDevice.get());
        Session session =
            Session.open(Plan.compile(graph.build(), TestDevice.get(), spec), state)) {
      put(session.view("x"), working, x);
      for (int r = 0; classes && r < ROWS; r++) {
        session.view("labels").putInt(4 * r, LABELS[r]);
      }
      if (!classes) {
        put(session.view("labels"), working, targets);
      }
      session.run();
      double[] result = new double[1 + x.length];
      result[0] = get(session.view("loss"), working, 0);
      for (int i = 0; i < x.length; i++) {
        result[1 + i] = get(session.view("gradient"), working, i);
      }
      return result;
    }
  }

  private static void put(ByteBuffer to, DType type, double[] values) {
    for (int i = 0; i < values.length; i++) {
      if (type == DType.FLOAT64) {
        to.putDouble(8 * i, values[i]);
      } else {
        to.putFloat(4 * i, (float) values[i]);
      }
    }
  }

  private static double get(ByteBuffer from, DType type, int index) {
    return type == DType.FLOAT64 ? from.getDouble(8 * index) : from.getFloat(4 * index);
  }

  static Stream<Arguments> cases() {
    return Case.family("softmax").stream()
        .flatMap(c -> Stream.of(Arguments.of(c, DType.FLOAT32), Arguments.of(c, DType.FLOAT64)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theirOpsEqualTheOracle(Case c, DType dtype) {
    OpRunner runner = new OpRunner(TestDevice.get());
    int rows = c.number("n");
    int classes = c.number("c");
    double[] x = Draw.uniform("x" + c, (long) rows * classes);
    double[] dy = Draw.uniform("dy" + c, (long) rows * classes);
    double[] labels = new double[rows];
    for (int r = 0; r < rows; r++) {
      labels[r] = r % 3 == 2 ? classes + 3 : (r * 7) % classes;
    }
    double[] p = MathOracle.softmax(x, rows, classes);
    double[] y = new double[x.length];
    double[] dx = new double[x.length];
    double[] hot = new double[x.length];
    double[] sizes = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      int row = i / classes;
      double sum = 0;
      double size = 0;
      for (int k = 0; k < classes; k++) {
        sum += dy[row * classes + k];
        size += Math.abs(dy[row * classes + k]);
      }
      y[i] = Math.log(p[i]);
      dx[i] = dy[i] - p[i] * sum;
      // The rounding of a logarithm of size 10 or so comes out in its exponential.
      sizes[i] = Math.abs(dy[i]) + p[i] * size * 10;
      boolean ignored = labels[row] == classes + 3;
      hot[i] = ignored ? 0 : (i % classes == labels[row] ? 0.9 : 0) + 0.1 / classes;
    }
    ValueType matrix = new ValueType(Shape.of(rows, classes), dtype);
    Input logits = new Input(matrix, x);
    Tolerance.TRANSCENDENTAL.check(
        "log softmax", dtype, y, runner.run(new SoftmaxOp.Log(), dtype, logits).get(0));
    Input gradient = new Input(matrix, dy);
    double[] got =
        runner.run(new SoftmaxOp.LogGrad(), dtype, gradient, new Input(matrix, y)).get(0);
    Tolerance.TRANSCENDENTAL.check("its gradient", dtype, dx, got, sizes);
    Input wanted = new Input(new ValueType(Shape.of(rows), DType.INT32), labels);
    SoftmaxOp.OneHot op = new SoftmaxOp.OneHot(0.1, classes + 3);
    Tolerance.ROUNDING.check("one hot", dtype, hot, runner.run(op, dtype, wanted, logits).get(0));
    if (rows > 2) {
      var e =
          assertThrows(
              PortafilterException.class,
              () -> runner.run(new SoftmaxOp.OneHot(0.1, -1), dtype, wanted, logits));
      assertTrue(e.getMessage().contains("label"), e.getMessage());
    }
  }

  @Test
  void whoKnowsNothingScoresWhatIsExpected() {
    double[] zeros = new double[ROWS * CLASSES];
    double[] shares = shares();
    assertEquals(Math.log(4), run(SoftmaxCrossEntropy.of(), DType.FLOAT64, zeros, null)[0], 1e-13);
    assertEquals(3, run(MultiClassHinge.of(), DType.FLOAT64, zeros, null)[0], 1e-13);
    assertEquals(Math.log(2), run(BinaryCrossEntropy.of(), DType.FLOAT64, zeros, shares)[0], 1e-13);
  }

  @Test
  void certainAnswersStayFinite() {
    double[] far = new double[ROWS * CLASSES];
    for (int i = 0; i < far.length; i++) {
      far[i] = i % 2 == 0 ? 1000 : -1000;
    }
    double[] halves = new double[far.length];
    Arrays.fill(halves, 0.5);
    assertEquals(500, run(BinaryCrossEntropy.of(), DType.FLOAT32, far, halves)[0]);
    double[] ends = new double[far.length];
    for (int i = 0; i < ends.length; i += 2) {
      ends[i] = 1;
    }
    double[] got = run(BinaryCrossEntropy.ofProbabilities(), DType.FLOAT32, ends, halves);
    assertEquals(0.5 * 126 * Math.log(2), got[0], 1e-4);
    for (double value : got) {
      assertTrue(Double.isFinite(value), "" + value);
    }
    for (double value : run(Focal.of(), DType.FLOAT32, far, null)) {
      assertTrue(Double.isFinite(value), "" + value);
    }
  }

  @Test
  void badNumbersAndShapesAreRefused() {
    assertThrows(PortafilterException.class, () -> Huber.of(0));
    assertThrows(PortafilterException.class, () -> MultiClassHinge.of(-1));
    assertThrows(PortafilterException.class, () -> Focal.of(0.5));
    assertThrows(PortafilterException.class, () -> SoftmaxCrossEntropy.of().withSmoothing(1));
    assertThrows(PortafilterException.class, () -> SoftmaxCrossEntropy.of().withIgnored(-2));
    assertThrows(PortafilterException.class, () -> SoftmaxCrossEntropy.of().withClassWeights(-1));
    var classes =
        assertThrows(
            ShapeException.class,
            () ->
                run(SoftmaxCrossEntropy.of().withClassWeights(1, 2), DType.FLOAT32, SCORES, null));
    assertTrue(classes.getMessage().contains("of shape 4, got 2"), classes.getMessage());
    var e =
        assertThrows(
            ShapeException.class, () -> run(MeanSquaredError.of(), DType.FLOAT32, SCORES, null));
    assertTrue(e.getMessage().contains("FLOAT32"), e.getMessage());
  }
}
