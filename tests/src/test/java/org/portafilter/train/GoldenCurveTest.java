package org.portafilter.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.data.DrawnDigits;
import org.portafilter.data.Split;
import org.portafilter.device.Device;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.AveragePool;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Dropout;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Network;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.nn.Tanh;
import org.portafilter.optim.Adam;
import org.portafilter.optim.Optimizer;
import org.portafilter.optim.Sgd;
import org.portafilter.shape.DType;
import org.portafilter.zoo.CifarResNet;
import org.portafilter.zoo.LeNet;

/**
 * A few networks, a few steps, known losses, on whatever instruction set runs the test.
 *
 * <p>The losses known are those of {@code FLOAT64}, the same everywhere to ten digits. {@code
 * FLOAT32} must follow them as far as mathematics lets it: where the network is smooth, to a few
 * units of a loss's last place for all steps; where it has kinks, until two values lie nearer to
 * each other than rounding and the kink is taken on its other side.
 */
@Tag("curve")
class GoldenCurveTest {
  /** Sums of other orders in double, amplified by ten steps; 5e-15 has been seen. */
  private static final double DOUBLE = 1e-10;

  /**
   * A loss near 2.5 has a last place of 2.4e-7, and is itself made from sums that round; 5e-7 has
   * been seen. A kernel that loses one digit of seven is at 1e-5.
   */
  private static final double SINGLE = 2e-6;

  /**
   * LeNet's second max pooling has a window in its first batch (image 1, channel 20, top row) whose
   * two largest values are 0.25995110 and 0.25995108: less apart than a last place of FLOAT32, and
   * which of them a sum rounds above the other is up to its order, which the instruction set and
   * OpenBLAS's choice of a kernel decide. The window's gradient then goes to the neighbouring place
   * and changes conv2's by 0.4 %. Ten steps meet a few such windows; together they have moved a
   * loss by 3.5e-3. The same network with average pooling and tanh stays within {@link #SINGLE}.
   */
  private static final double OTHER_MAXIMUM = 2e-2;

  private static double[] losses(
      Layer layer, Optimizer optimizer, int images, int batch, DType working) {
    Split digits = DrawnDigits.split(images, 10, 1);
    List<Double> losses = new ArrayList<>();
    try (Network net = Network.create(layer, digits.train().shape(), Device.cpu(), 1, working);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), optimizer).seed(1)) {
      trainer.callback(
          new Callback() {
            @Override
            public void step(Step step) {
              losses.add(step.stepLoss());
            }
          });
      trainer.fit(digits.train().batches(batch), 1);
    }
    return losses.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Prints how far apart two curves are, and asserts that they are no further. */
  private static void assertFollows(
      String what, double[] expected, double[] got, double first, double later) {
    double[] apart = new double[got.length];
    Arrays.setAll(apart, i -> got[i] - expected[i]);
    System.out.printf(
        "curve %s %s, apart %s%n", what, Arrays.toString(got), Arrays.toString(apart));
    assertEquals(expected.length, got.length);
    for (int i = 0; i < got.length; i++) {
      assertTrue(
          Math.abs(apart[i]) <= (i == 0 ? first : later),
          "%s, step %d: expected %s, got %s".formatted(what, i + 1, expected[i], got[i]));
    }
  }

  private static double[] leNet(DType working) {
    return losses(LeNet.of(10), Adam.of(1e-3), 320, 32, working);
  }

  /** LeNet without a kink. */
  private static double[] smoothLeNet(DType working) {
    Layer layer =
        Sequential.of(
            Rescale.of(1 / 255.0),
            Conv2d.of(20, 5),
            Tanh.of(),
            AveragePool.of(2),
            Conv2d.of(50, 5),
            Tanh.of(),
            AveragePool.of(2),
            Flatten.of(),
            Dense.of(500),
            Tanh.of(),
            Dropout.of(0.5),
            Dense.of(10));
    return losses(layer, Sgd.of(0.05).withMomentum(0.9), 320, 32, working);
  }

  private static double[] resNet(DType working) {
    Optimizer nesterov = Sgd.of(0.001).withMomentum(0.9).withNesterov(true);
    return losses(CifarResNet.of(20, 10), nesterov, 64, 16, working);
  }

  @Test
  void inDoubleEveryMachineGivesTheRecordedLosses() {
    assertFollows("lenet double", Golden.LENET, leNet(DType.FLOAT64), DOUBLE, DOUBLE);
    assertFollows(
        "smooth lenet double", Golden.SMOOTH_LENET, smoothLeNet(DType.FLOAT64), DOUBLE, DOUBLE);
    assertFollows("resnet20 double", Golden.RESNET20, resNet(DType.FLOAT64), DOUBLE, DOUBLE);
  }

  @Test
  void aSmoothNetworkInSingleFollowsDouble() {
    assertFollows("smooth lenet", Golden.SMOOTH_LENET, smoothLeNet(DType.FLOAT32), SINGLE, SINGLE);
  }

  /** Its only kinks are those of ReLU, where a value near 0 adds little on either side. */
  @Test
  void resNetWithNesterovFollowsDouble() {
    assertFollows("resnet20", Golden.RESNET20, resNet(DType.FLOAT32), SINGLE, SINGLE);
  }

  @Test
  void leNetWithAdamFollowsDoubleButForMaximaThatRoundingDecides() {
    assertFollows("lenet", Golden.LENET, leNet(DType.FLOAT32), SINGLE, OTHER_MAXIMUM);
  }
}
