package consumer;

import org.portafilter.data.DrawnDigits;
import org.portafilter.device.Device;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Network;
import org.portafilter.nn.Predictor;
import org.portafilter.optim.Adam;
import org.portafilter.shape.Shape;
import org.portafilter.train.Trainer;
import org.portafilter.zoo.LeNet;

/** Trains ten steps, predicts, and prints one line. */
public final class TenSteps {
  private TenSteps() {}

  /** Runs. */
  public static void main(String[] args) {
    var digits = DrawnDigits.split(640, 1, 1);
    try (var net = Network.create(LeNet.of(10), Shape.of(1, 28, 28), Device.cpu(), 1);
        var trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3))) {
      trainer.fit(digits.train().batches(64), 1);
      try (Predictor predictor = net.session(1)) {
        float logit = predictor.predict(digits.test().image(0))[0];
        System.out.println("steps " + net.state().step() + ", finite " + Float.isFinite(logit));
      }
    }
  }
}
