package org.portafilter.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.device.Device;
import org.portafilter.graph.Function;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.loss.Loss;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Network;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Sequential;
import org.portafilter.nn.Tanh;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/** What a gradient check says of checks that could not be made. */
@Tag("unit")
@Tag("cpu")
class GradientCheckTest {
  private static final double[] IMAGES = {1, 2, 3, 4};
  private static final int[] LABELS = {0, 1};

  private static Network network(Layer middle) {
    Layer layers = Sequential.of(Dense.of(8), middle, Dense.of(2));
    return Network.create(layers, Shape.of(2), Device.cpu(1), 1, DType.FLOAT64);
  }

  private static List<GradientCheck.Result> check(Network net, int elements) {
    return GradientCheck.run(net, SoftmaxCrossEntropy.of(), IMAGES, LABELS, elements, 1);
  }

  private static GradientCheck.Result of(List<GradientCheck.Result> results, String path) {
    return results.stream().filter(r -> r.path().equals(path)).findFirst().orElseThrow();
  }

  /** Some rows of the first weights are 0, so that their ReLUs stand on their kinks. */
  private static void onKinks(Network net, int units) {
    double[] weights = net.state().get("dense1/weights").doubles();
    for (int unit = 0; unit < units; unit++) {
      weights[2 * unit] = 0;
      weights[2 * unit + 1] = 0;
    }
    net.state().get("dense1/weights").write(weights);
  }

  @Test
  void nothingComparedFails() {
    try (Network net = network(Relu.of())) {
      onKinks(net, 8);
      GradientCheck.Result result = of(check(net, 20), "dense1/weights");
      assertEquals(0, result.elements());
      assertEquals(16, result.redrawn(), "each element once");
      assertEquals(16, result.sampled());
      assertEquals(Double.POSITIVE_INFINITY, result.relativeError());
      assertFalse(result.passes(1e-6));
      var e = assertThrows(PortafilterException.class, () -> result.requireBelow(1e-6));
      assertTrue(e.getMessage().contains("dense1/weights: only 0 of 16"), e.getMessage());
      assertTrue(e.getMessage().contains("kink"), e.getMessage());
    }
  }

  @Test
  void fewerThanHalfFailsAndHalfDoesNot() {
    try (Network net = network(Relu.of())) {
      onKinks(net, 5);
      GradientCheck.Result few = of(check(net, 20), "dense1/weights");
      assertEquals(6, few.elements());
      assertFalse(few.passes(1e-6), few.toString());
    }
    try (Network net = network(Relu.of())) {
      onKinks(net, 4);
      GradientCheck.Result half = of(check(net, 20), "dense1/weights");
      assertEquals(8, half.elements());
      assertEquals(8, half.redrawn());
      assertTrue(half.passes(1e-6), half.toString());
      half.requireBelow(1e-6);
    }
  }

  @Test
  void everyElementIsComparedOnce() {
    try (Network net = network(Tanh.of())) {
      for (int elements : new int[] {1, 5, 16, 100}) {
        GradientCheck.Result result = of(check(net, elements), "dense1/weights");
        assertEquals(Math.min(elements, 16), result.elements());
        assertEquals(0, result.redrawn());
        assertTrue(result.passes(1e-6), result.toString());
      }
    }
  }

  /** An error above the limit, and one that is no number. */
  @Test
  void aWrongGradientFails() {
    GradientCheck.Result wrong = new GradientCheck.Result("w", 1e-3, 20, 0);
    var e = assertThrows(PortafilterException.class, () -> wrong.requireBelow(1e-6));
    assertTrue(e.getMessage().contains("0.001"), e.getMessage());
    GradientCheck.Result unknown = new GradientCheck.Result("w", Double.NaN, 20, 0);
    assertThrows(PortafilterException.class, () -> unknown.requireBelow(1e-6));
  }

  @Test
  void badInputIsAnsweredAndTheParametersStay() {
    Loss root =
        (graph, output, labels) ->
            graph.add(
                "root",
                new PointwiseOp.Apply(Function.POWER, 0.5),
                graph.add(
                    "below",
                    new PointwiseOp.Rescale(-1, 0),
                    SoftmaxCrossEntropy.of().apply(graph, output, labels)));
    try (Network net = network(Tanh.of())) {
      double[] before = net.state().get("dense1/weights").doubles();
      var e =
          assertThrows(
              PortafilterException.class, () -> GradientCheck.run(net, root, IMAGES, LABELS, 5, 1));
      assertTrue(e.getMessage().contains("the loss is NaN"), e.getMessage());
      assertArrayEquals(before, net.state().get("dense1/weights").doubles());
      for (double[] images : List.of(new double[3], new double[5])) {
        e =
            assertThrows(
                PortafilterException.class,
                () -> GradientCheck.run(net, SoftmaxCrossEntropy.of(), images, LABELS, 5, 1));
        assertTrue(e.getMessage().contains("needs 4 values"), e.getMessage());
      }
      assertThrows(PortafilterException.class, () -> check(net, 0));
    }
  }
}
