package org.portafilter.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.data.Batches;
import org.portafilter.data.DrawnDigits;
import org.portafilter.data.Split;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.io.ReadWeights;
import org.portafilter.loss.Penalized;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.metric.Accuracy;
import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Network;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Sequential;
import org.portafilter.nn.Standardise;
import org.portafilter.optim.Adam;
import org.portafilter.optim.Optimizer;
import org.portafilter.optim.ParameterGroups;
import org.portafilter.optim.Sgd;
import org.portafilter.optim.WeightAverage;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/**
 * Weights that are taken over, left as they are, moved at rates of their own, averaged, bounded.
 */
@Tag("curve")
class TransferTest {
  private static final Split DIGITS = DrawnDigits.split(400, 200, 1);
  private static final Batches TRAIN = DIGITS.train().batches(50);

  private static Layer layers(int classes) {
    return Sequential.of(
        Standardise.of(new double[] {30}, new double[] {70}),
        Conv2d.of(6, 5).withStride(2),
        BatchNorm.of(),
        Relu.of(),
        MaxPool.of(3),
        Flatten.of(),
        Dense.of(24),
        Relu.of(),
        Dense.of(classes));
  }

  private static Network network(int classes, long seed) {
    return Network.create(layers(classes), Shape.of(1, 28, 28), Device.cpu(), seed);
  }

  private static Map<String, float[]> values(Network net) {
    Map<String, float[]> values = new TreeMap<>();
    net.state().entries().forEach((path, tensor) -> values.put(path, tensor.floats()));
    return values;
  }

  private static void train(Network net, Optimizer optimizer, int epochs) {
    try (Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), optimizer)) {
      trainer.fit(TRAIN, epochs);
    }
  }

  private static double accuracy(Network net) {
    try (Evaluator evaluator = Evaluator.of(net, SoftmaxCrossEntropy.of(), Accuracy.of())) {
      return evaluator.run(DIGITS.test().batches(100)).get("accuracy");
    }
  }

  @Test
  void anotherHeadBeginsWithTheLayersThatFit(@TempDir Path folder) {
    Path file = folder.resolve("ten.safetensors");
    try (Network ten = network(10, 1);
        Network five = network(5, 2)) {
      train(ten, Adam.of(1e-2), 5);
      ModelFile.save(ten, file);
      Map<String, float[]> before = values(five);
      ReadWeights report = ModelFile.readMatching(file, five);
      assertEquals(Set.of("dense2/weights", "dense2/bias"), Set.copyOf(report.misshapen()));
      assertEquals(List.of(), report.missing());
      assertEquals(List.of(), report.unused());
      Map<String, float[]> after = values(five);
      for (String path : report.read()) {
        assertArrayEquals(ten.state().get(path).floats(), after.get(path), path);
      }
      assertArrayEquals(before.get("dense2/weights"), after.get("dense2/weights"));
    }
    try (Network other =
        Network.create(
            Sequential.of(Flatten.of(), Dense.of(2)), Shape.of(1, 4, 4), Device.cpu(), 1)) {
      var e = assertThrows(PortafilterException.class, () -> ModelFile.readMatching(file, other));
      assertTrue(e.getMessage().contains("dense1/weights"), e.getMessage());
      Path own = folder.resolve("own.safetensors");
      ModelFile.save(other, own);
      ReadWeights renamed = ModelFile.readMatching(own, other, path -> path.replace("bias", "b"));
      assertEquals(List.of("dense1/bias"), renamed.missing());
      assertEquals(List.of("dense1/bias"), renamed.unused());
    }
  }

  @Test
  void frozenLayersStay(@TempDir Path folder) {
    try (Network net = network(10, 1)) {
      long all = net.parameters();
      net.freeze("conv1").freeze(".*gamma");
      assertEquals(all - 6 * 25 - 6 - 6, net.parameters());
      Map<String, float[]> before = values(net);
      train(net, Adam.of(1e-2), 2);
      Map<String, float[]> after = values(net);
      for (String path : List.of("conv1/weights", "conv1/bias", "norm1/gamma")) {
        assertArrayEquals(before.get(path), after.get(path), path);
      }
      for (String path : List.of("norm1/beta", "dense1/weights", "norm1/running_mean")) {
        assertFalse(Arrays.equals(before.get(path), after.get(path)), path);
      }
      Path file = folder.resolve("frozen.safetensors");
      ModelFile.save(net, file);
      try (Network again = ModelFile.load(file, Device.cpu())) {
        assertEquals(net.trainable(), again.trainable());
        assertEquals(net.frozen(), again.frozen());
        again.unfreeze(".*");
        assertEquals(all, again.parameters());
        assertFalse(again.trainable().contains("norm1/running_mean"));
        train(again, Adam.of(1e-2), 1);
        assertFalse(
            Arrays.equals(after.get("conv1/weights"), again.state().get("conv1/weights").floats()));
      }
      try (Network copy = net.copy()) {
        assertEquals(net.frozen(), copy.frozen());
        assertThrows(PortafilterException.class, () -> copy.unfreeze("standardise1"));
      }
      var e = assertThrows(PortafilterException.class, () -> net.freeze("conv7"));
      assertTrue(e.getMessage().contains("dense1/weights"), e.getMessage());
      assertThrows(PortafilterException.class, () -> net.freeze("("));
    }
  }

  /**
   * One step of plain descent: each group moves by its own rate, the schedule's factor included.
   */
  @Test
  void groupsHaveRatesAndDecaysOfTheirOwn() {
    Map<String, float[]> whole = moved(Sgd.of(0.1));
    Map<String, float[]> grouped =
        moved(
            ParameterGroups.of(Sgd.of(0.1))
                .with(".*bias", Sgd.of(0.4))
                .with("dense1", Sgd.of(0.025)));
    whole.forEach(
        (path, step) -> {
          double factor = path.endsWith("bias") ? 4 : path.startsWith("dense1") ? 0.25 : 1;
          for (int i = 0; i < step.length; i++) {
            assertEquals(factor * step[i], grouped.get(path)[i], 1e-6, path);
          }
        });
    assertThrows(PortafilterException.class, () -> ParameterGroups.of(Sgd.of(0)));
    Optimizer typing = ParameterGroups.of(Sgd.of(0.1)).with("dens1", Sgd.of(0.2));
    var e = assertThrows(PortafilterException.class, () -> moved(WeightAverage.of(typing, 0.9)));
    assertTrue(e.getMessage().contains("'dens1' names none"), e.getMessage());
  }

  /** How far one step of half the base rate moves the parameters. */
  private static Map<String, float[]> moved(Optimizer optimizer) {
    try (Network net = network(10, 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), optimizer)) {
      Map<String, float[]> before = values(net);
      trainer.schedule((step, base) -> base / 2);
      trainer.fit(DIGITS.train().slice(0, 50).batches(50), 1);
      Map<String, float[]> steps = new TreeMap<>();
      for (String path : net.trainable()) {
        float[] now = net.state().get(path).floats();
        for (int i = 0; i < now.length; i++) {
          now[i] -= before.get(path)[i];
        }
        steps.put(path, now);
      }
      return steps;
    }
  }

  @Test
  void theAverageIsThatOfTheStepsWeights() {
    double decay = 0.75;
    WeightAverage optimizer = WeightAverage.of(Sgd.of(0.05).withMomentum(0.9), decay);
    try (Network net = network(10, 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), optimizer)) {
      assertThrows(PortafilterException.class, () -> optimizer.averaged(net));
      double[] sum = new double[24 * 10];
      double weight = 0;
      for (int step = 1; step <= 5; step++) {
        trainer.fit(DIGITS.train().slice(0, 50).batches(50), step);
        float[] now = net.state().get("dense2/weights").floats();
        weight = decay * weight + 1 - decay;
        for (int i = 0; i < sum.length; i++) {
          sum[i] = decay * sum[i] + (1 - decay) * now[i];
        }
      }
      try (Network averaged = optimizer.averaged(net)) {
        float[] got = averaged.state().get("dense2/weights").floats();
        for (int i = 0; i < sum.length; i++) {
          assertEquals(sum[i] / weight, got[i], 1e-6);
        }
        assertFalse(Arrays.equals(net.state().get("dense2/weights").floats(), got), "its own");
      }
    }
    try (Network net = network(10, 2)) {
      train(net, Sgd.of(0.05), 1);
      assertThrows(PortafilterException.class, () -> optimizer.averaged(net), "of others' steps");
      try (Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), optimizer)) {
        trainer.fit(DIGITS.train().slice(0, 50).batches(50), 1);
      }
      try (Network averaged = optimizer.averaged(net)) {
        float[] last = net.state().get("dense2/weights").floats();
        assertArrayEquals(last, averaged.state().get("dense2/weights").floats(), 1e-6f);
      }
    }
    try (Network net = network(10, 3)) {
      WeightAverage average = WeightAverage.of(Adam.of(1e-2), 0.9);
      train(net, average, 30);
      try (Network averaged = average.averaged(net)) {
        assertTrue(accuracy(averaged) > 0.7, accuracy(averaged) + " for " + accuracy(net));
      }
    }
  }

  @Test
  void penaltiesAreInTheLossAndItsGradient() {
    SoftmaxCrossEntropy plain = SoftmaxCrossEntropy.of();
    Penalized penalized =
        Penalized.of(plain).withL1(0.25).withL2(0.5).withWeights("dense1/weights");
    try (Network a = network(10, 1);
        Network b = network(10, 1);
        Trainer without = Trainer.of(a, plain, Sgd.of(0.1));
        Trainer with = Trainer.of(b, penalized, Sgd.of(0.1))) {
      float[] w = a.state().get("dense1/weights").floats();
      double penalty = 0;
      for (float value : w) {
        penalty += 0.25 * Math.abs(value) + 0.25 * value * value;
      }
      Batches one = DIGITS.train().slice(0, 50).batches(50);
      without.fit(one, 1);
      with.fit(one, 1);
      double first = without.history().epochs().get(0).get("train_loss");
      assertEquals(first + penalty, with.history().epochs().get(0).get("train_loss"), 1e-3);
      float[] free = a.state().get("dense1/weights").floats();
      float[] bound = b.state().get("dense1/weights").floats();
      for (int i = 0; i < w.length; i++) {
        double pull = 0.25 * Math.signum(w[i]) + 0.5 * w[i];
        assertEquals(free[i] - 0.1 * pull, bound[i], 1e-5);
      }
      assertArrayEquals(
          a.state().get("dense2/weights").floats(),
          b.state().get("dense2/weights").floats(),
          1e-6f);
      var e =
          assertThrows(
              PortafilterException.class,
              () -> Trainer.of(a, Penalized.of(plain).withWeights("conv7"), Sgd.of(1)).fit(one, 1));
      assertTrue(e.getMessage().contains("conv7"), e.getMessage());
      assertThrows(PortafilterException.class, () -> penalized.withL1(-1));
    }
  }
}
