package org.portafilter.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.data.Batches;
import org.portafilter.data.Dataset;
import org.portafilter.device.Device;
import org.portafilter.device.MathMode;
import org.portafilter.graph.Graph;
import org.portafilter.graph.NormOp;
import org.portafilter.io.ModelFile;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Network;
import org.portafilter.nn.Predictor;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Residual;
import org.portafilter.nn.Sequential;
import org.portafilter.optim.Adam;
import org.portafilter.optim.Sgd;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.TestDevice;

/** Batch norms that are frozen with their layer: statistics stay, gradients pass. */
@Tag("curve")
class FrozenBatchNormTest {
  private static final Shape IMAGE = Shape.of(3, 6, 6);

  /** A first convolution that is trained, norms of blocks of channels and of others above it. */
  private static Layer layers() {
    return Sequential.of(
        Conv2d.of(16, 3).withPadding(1),
        BatchNorm.of(),
        Relu.of(),
        Residual.of(
            Sequential.of(
                Conv2d.of(16, 3).withPadding(1).withBias(false), BatchNorm.of().withEpsilon(1e-2))),
        Relu.of(),
        Conv2d.of(5, 3),
        BatchNorm.of(),
        Flatten.of(),
        Dense.of(4),
        BatchNorm.of(),
        Dense.of(3));
  }

  private static Batches batches(int count, int size) {
    double[] values = Draw.uniform("frozen norms", IMAGE.count() * count);
    float[] images = new float[values.length];
    int[] labels = new int[count];
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) values[i];
    }
    Arrays.setAll(labels, i -> i % 3);
    return Dataset.of(images, IMAGE, labels).batches(size);
  }

  /** A network whose statistics and parameters are no longer those of the beginning. */
  private static Network network(Device device, DType working) {
    Network net = Network.create(layers(), IMAGE, device, 1, working);
    for (String path : net.state().entries().keySet()) {
      double[] values = net.state().get(path).doubles();
      double[] drawn = Draw.uniform(path, values.length);
      for (int i = 0; i < values.length; i++) {
        values[i] +=
            path.endsWith("running_variance") || path.endsWith("gamma")
                ? 0.5 * drawn[i]
                : path.endsWith("weights") ? 0 : 0.3 * drawn[i];
      }
      net.state().get(path).write(values);
    }
    return net;
  }

  private static Map<String, float[]> trained(Network net, int epochs) {
    try (Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-2))) {
      trainer.fit(batches(14, 4), epochs);
      return Runs.state(net);
    }
  }

  private static List<MathMode> maths() {
    return TestDevice.isCpu()
        ? List.of(MathMode.FAST, MathMode.STRICT)
        : List.of(MathMode.FAST, MathMode.BFLOAT16, MathMode.FLOAT16);
  }

  @ParameterizedTest
  @MethodSource("maths")
  void statisticsStayAndOthersMove(MathMode math) {
    try (Network net = network(TestDevice.get(), DType.FLOAT32).math(math)) {
      net.freeze("norm1").freeze("residual1");
      Map<String, float[]> before = Runs.state(net);
      Map<String, float[]> after = trained(net, 2);
      for (String path : before.keySet()) {
        boolean stays = path.startsWith("norm1") || path.startsWith("residual1");
        assertEquals(stays, Arrays.equals(before.get(path), after.get(path)), path);
      }
      net.unfreeze("norm1");
      Map<String, float[]> again = trained(net, 1);
      for (String name : List.of("gamma", "beta", "running_mean", "running_variance")) {
        String path = "norm1/" + name;
        assertFalse(Arrays.equals(after.get(path), again.get(path)), path);
      }
      assertArrayEquals(
          after.get("residual1/body/norm1/running_mean"),
          again.get("residual1/body/norm1/running_mean"));
    }
  }

  /** With everything but the last layer frozen, what reaches it stays the same, bit for bit. */
  @Test
  void outputsOfAFrozenTrunkStay() {
    try (Network net = network(TestDevice.get(), DType.FLOAT32)) {
      float[] image = batches(1, 1).dataset().features(0);
      float[] before = output(net, image);
      List.of("conv.*", "norm.*", "residual1", "dense1").forEach(net::freeze);
      float[] weights = net.state().get("dense2/weights").floats();
      float[] bias = net.state().get("dense2/bias").floats();
      trained(net, 2);
      assertFalse(Arrays.equals(weights, net.state().get("dense2/weights").floats()));
      assertFalse(Arrays.equals(before, output(net, image)));
      net.state().get("dense2/weights").write(weights);
      net.state().get("dense2/bias").write(bias);
      assertArrayEquals(before, output(net, image));
    }
  }

  private static float[] output(Network net, float[] image) {
    try (Predictor predictor = net.session(1)) {
      return predictor.predict(image);
    }
  }

  /** One image's loss does not depend on the others in its batch: training sees inference. */
  @Test
  void trainingNormalisesAsInferenceDoes() {
    try (Network net = network(TestDevice.get(), DType.FLOAT32)) {
      net.freeze("norm.*").freeze("residual1");
      try (Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(0))) {
        Batches train = batches(12, 4);
        trainer.fit(train, 1);
        double loss = trainer.evaluate(train, List.of()).get("loss");
        assertEquals(loss, trainer.history().epochs().get(0).get("train_loss"), 1e-5);
      }
    }
  }

  @Tag("cpu")
  @Test
  void gradientsAgreeWithDifferences() {
    for (List<String> frozen :
        List.of(
            List.of("norm.*", "residual1"),
            List.of("norm1", "norm3"),
            List.of("residual1/body/norm1", "norm2"))) {
      try (Network net = network(Device.cpu(), DType.FLOAT64)) {
        frozen.forEach(net::freeze);
        double[] images = Draw.uniform("differences", IMAGE.count() * 4);
        for (GradientCheck.Result result :
            GradientCheck.run(
                net, SoftmaxCrossEntropy.of(), images, new int[] {0, 1, 2, 1}, 40, 1)) {
          result.requireBelow(1e-6);
        }
      }
    }
  }

  @Test
  void itIsRemembered(@TempDir Path folder) {
    Path file = folder.resolve("frozen.safetensors");
    try (Network net = network(TestDevice.get(), DType.FLOAT32)) {
      assertSame(net.graph(), net.trainingGraph());
      net.freeze("residual1").freeze("norm1");
      ModelFile.save(net, file);
      try (Network again = ModelFile.load(file, TestDevice.get());
          Network copy = net.copy()) {
        Map<String, float[]> one = trained(net, 1);
        Map<String, float[]> other = trained(again, 1);
        Map<String, float[]> third = trained(copy, 1);
        one.forEach(
            (path, values) -> {
              assertArrayEquals(values, other.get(path), path);
              assertArrayEquals(values, third.get(path), path);
            });
        again.unfreeze(".*");
        assertSame(again.graph(), again.trainingGraph());
      }
    }
  }

  /** Gamma alone, or beta alone, is a parameter like any other: the statistics follow the data. */
  @Test
  void oneParameterAloneFreezesNoStatistics() {
    try (Network net = network(TestDevice.get(), DType.FLOAT32)) {
      net.freeze(".*gamma").freeze("norm2/beta");
      Graph graph = net.trainingGraph();
      assertEquals(
          3, graph.nodes().stream().filter(node -> node.op() instanceof NormOp.Training).count());
      assertEquals(
          List.of("norm2"),
          graph.nodes().stream()
              .filter(node -> node.op() instanceof NormOp.Inference)
              .map(node -> node.path())
              .toList());
      assertEquals(6, graph.updates().size());
      assertTrue(graph.updates().stream().noneMatch(update -> update.path().startsWith("norm2/")));
    }
  }

  @Test
  void checkpointsContinueExactly(@TempDir Path folder) {
    Map<String, float[]> whole;
    try (Network net = network(TestDevice.get(), DType.FLOAT32)) {
      whole = trained(net.freeze("norm1"), 2);
    }
    for (int epochs = 1; epochs <= 2; epochs++) {
      try (Network net = network(TestDevice.get(), DType.FLOAT32).freeze("norm1");
          Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-2))) {
        trainer.checkpoints(Checkpoints.in(folder));
        assertEquals(epochs == 2, trainer.resume(folder, batches(14, 4), Resume.exactly()));
        trainer.fit(batches(14, 4), epochs);
        if (epochs == 2) {
          Runs.state(net).forEach((path, v) -> assertArrayEquals(whole.get(path), v, path));
        }
      }
    }
  }
}
