package org.portafilter.train;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.portafilter.device.Device;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Network;
import org.portafilter.shape.DType;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.SmallNets;

/** Gradients of whole networks in double against central differences. */
@Tag("oracle")
class NetworkGradientTest {
  private static final double LIMIT = 1e-6;

  @ParameterizedTest
  @EnumSource(SmallNets.class)
  void everyTensorAgrees(SmallNets which) {
    try (Network net =
        Network.create(which.layer(), which.input(), Device.cpu(), 11, DType.FLOAT64)) {
      int batch = 4;
      int[] labels = {0, 2, 1, 2};
      double[] images = Draw.uniform("gradient images", which.input().count() * batch);
      boolean bytes = which.layer().toString().contains("Rescale");
      for (int i = 0; i < images.length && bytes; i++) {
        images[i] = 127.5 * (1 + images[i]);
      }
      List<GradientCheck.Result> results =
          GradientCheck.run(net, SoftmaxCrossEntropy.of(), images, labels, 100, 1);
      for (GradientCheck.Result result : results) {
        System.out.println("gradient check " + which + " " + result);
        assertTrue(result.relativeError() <= LIMIT, result.toString());
        assertTrue(result.elements() > 0, result.toString());
      }
    }
  }
}
