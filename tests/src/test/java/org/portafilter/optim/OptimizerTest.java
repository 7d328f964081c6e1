package org.portafilter.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.data.Dataset;
import org.portafilter.device.Device;
import org.portafilter.loss.MeanSquaredError;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Network;
import org.portafilter.nn.Sequential;
import org.portafilter.nn.Tanh;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;
import org.portafilter.train.Checkpoints;
import org.portafilter.train.Trainer;

/** Every optimizer descends, and goes on from a checkpoint as if it had not stopped. */
@Tag("curve")
class OptimizerTest {
  private static final Layer LAYER = Sequential.of(Dense.of(16), Tanh.of(), Dense.of(1));
  private static final Dataset WAVE = wave();

  static Stream<Optimizer> optimizers() {
    return Stream.of(
        Sgd.of(0.1),
        Sgd.of(0.03).withMomentum(0.9),
        Sgd.of(0.03).withMomentum(0.9).withNesterov(true),
        Adam.of(0.01),
        Adam.of(0.01).withAmsGrad(true),
        AdamW.of(0.01),
        NAdam.of(0.01),
        AdaGrad.of(0.1),
        RmsProp.of(0.003),
        RmsProp.of(0.001).withMomentum(0.9),
        AdaDelta.of().withEpsilon(1e-4),
        AdaMax.of(0.01),
        Lion.of(0.003),
        Lamb.of(0.01));
  }

  /** A sine of one number. */
  private static Dataset wave() {
    float[] x = new float[256];
    float[] y = new float[256];
    Philox random = new Philox(1, 2);
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.uniform(-1, 1);
      y[i] = (float) Math.sin(3 * x[i]);
    }
    return Dataset.of(x, Shape.of(1), y, Shape.of(1));
  }

  private static Network network() {
    return Network.create(LAYER, Shape.of(1), Device.cpu(), 7);
  }

  private static Map<String, float[]> parameters(Network net) {
    Map<String, float[]> values = new TreeMap<>();
    net.trainable().forEach(path -> values.put(path, net.state().get(path).floats()));
    return values;
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void itDescendsAndResumes(Optimizer optimizer, @TempDir Path folder) {
    Map<String, float[]> whole;
    try (Network net = network();
        Trainer trainer = Trainer.of(net, MeanSquaredError.of(), optimizer)) {
      trainer.fit(WAVE.batches(32), 40);
      var rows = trainer.history().epochs();
      double first = rows.get(0).get("train_loss");
      double last = rows.get(39).get("train_loss");
      assertTrue(last < first / 2 && last < 0.1, optimizer + ": " + first + " to " + last);
      whole = parameters(net);
    }
    try (Network net = network();
        Trainer trainer = Trainer.of(net, MeanSquaredError.of(), optimizer)) {
      trainer.checkpoints(Checkpoints.in(folder)).fit(WAVE.batches(32), 15);
    }
    try (Network net = network();
        Trainer trainer = Trainer.of(net, MeanSquaredError.of(), optimizer)) {
      assertTrue(trainer.resume(folder, WAVE.batches(32)));
      trainer.fit(WAVE.batches(32), 40);
      Map<String, float[]> resumed = parameters(net);
      whole.forEach((path, values) -> assertArrayEquals(values, resumed.get(path), path));
    }
  }

  @Test
  void numbersOutOfRangeAreNamed() {
    for (Runnable wrong :
        new Runnable[] {
          () -> Adam.of(-1),
          () -> AdamW.of(1e-3).withBetas(1, 0.9),
          () -> NAdam.of(1e-3).withEpsilon(0),
          () -> AdaGrad.of(0.1).withWeightDecay(-1),
          () -> RmsProp.of(0.1).withDecay(1),
          () -> AdaDelta.of().withDecay(-0.1),
          () -> AdaMax.of(0.1).withEpsilon(0),
          () -> Lion.of(0.1).withBetas(0.9, 2),
          () -> Lamb.of(Double.NaN)
        }) {
      var e = assertThrows(PortafilterException.class, wrong::run);
      assertTrue(e.getMessage().contains("needs a learning rate"), e.getMessage());
    }
  }
}
