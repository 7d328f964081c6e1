package org.portafilter.fuzz;

import org.portafilter.data.Batches;
import org.portafilter.data.Dataset;
import org.portafilter.device.Device;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Network;
import org.portafilter.nn.Sequential;
import org.portafilter.optim.Sgd;
import org.portafilter.shape.Shape;
import org.portafilter.train.Trainer;

/** Feeds bytes to the checkpoint reader of a small trainer. */
public final class CheckpointFuzzer {
  private static final Batches TRAIN =
      Dataset.of(new float[8], Shape.of(2), new int[] {0, 1, 0, 1}).batches(2);

  private CheckpointFuzzer() {}

  static Network network() {
    return Network.create(Sequential.of(Dense.of(2)), Shape.of(2), Device.cpu(1), 1);
  }

  static Trainer trainer(Network net) {
    return Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(0.1).withMomentum(0.9));
  }

  /** The batches the trainer was made for. */
  static Batches train() {
    return TRAIN;
  }

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    FuzzInput.write("latest.safetensors", input);
    try (Network net = network();
        Trainer trainer = trainer(net)) {
      FuzzInput.expectAnswer(() -> trainer.resume(FuzzInput.FOLDER, TRAIN));
    }
  }
}
