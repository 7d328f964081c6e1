package org.portafilter.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.data.Dataset;
import org.portafilter.device.Leaks;
import org.portafilter.graph.LeafOp;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.Value;
import org.portafilter.init.VarianceScaling;
import org.portafilter.io.ModelFile;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.metric.Accuracy;
import org.portafilter.optim.Sgd;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.Window;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.TestDevice;
import org.portafilter.train.Trainer;

/** What every layer promises, tried on every layer. */
@Tag("layer")
public class LayerContractTest {
  /**
   * A layer, an input it takes, the output it promises, an input it refuses, and a word of that
   * refusal.
   */
  public record Promise(Layer layer, Shape input, Shape output, Shape wrong, String word) {
    @Override
    public String toString() {
      return layer.getClass().getSimpleName() + " on " + input;
    }
  }

  private static final Shape IMAGE = Shape.of(4, 6, 8);
  private static final Shape ROW = Shape.of(12);

  /** A layer of a user's own, with numbers in the graph itself. */
  record Weighed() implements Layer {
    @Override
    public Value apply(Scope scope, Value x) {
      Value row = scope.add("row", LeafOp.Constant.row(List.of(0.5, -1.25, 3.0, 1e-3)));
      ReduceOp.Expand expand = new ReduceOp.Expand(ReduceOp.Kind.SUM, List.of(0, 2, 3));
      Value everywhere = scope.add("everywhere", expand, row, x);
      return scope.add("product", new PointwiseOp.Multiply(), x, everywhere);
    }
  }

  /** Every layer of the library, some of them in several forms, and one of a user's own. */
  public static Stream<Promise> layers() {
    return Stream.of(convolutions(), pools(), norms(), activations(), others()).flatMap(s -> s);
  }

  private static Stream<Promise> convolutions() {
    return Stream.of(
        new Promise(
            Conv2d.of(5, 3), IMAGE, Shape.of(5, 4, 6), Shape.of(4, 2, 8), "fits at least once"),
        new Promise(
            Conv2d.of(6, 3).withGroups(2).withPadding(1).withStride(2),
            IMAGE,
            Shape.of(6, 3, 4),
            Shape.of(3, 6, 8),
            "groups"),
        new Promise(
            Conv2d.of(4, 3).withGroups(4).withDilation(2).withBias(false),
            IMAGE,
            Shape.of(4, 2, 4),
            ROW,
            "N x C x H x W"),
        new Promise(
            ConvTranspose2d.of(5, 4).withStride(2).withPadding(1),
            IMAGE,
            Shape.of(5, 12, 16),
            ROW,
            "N x C x H x W"),
        new Promise(
            ConvTranspose2d.of(6, 3).withStride(3).withOutputPadding(2).withGroups(2),
            IMAGE,
            Shape.of(6, 20, 26),
            Shape.of(3, 6, 8),
            "groups"),
        new Promise(
            ConvTranspose2d.of(17, 3).withDilation(2).withBias(false),
            IMAGE,
            Shape.of(17, 10, 12),
            ROW,
            "N x C x H x W"),
        new Promise(
            Conv1d.of(5, 3).withStride(2).withPadding(2, 0),
            Shape.of(4, 9),
            Shape.of(5, 5),
            IMAGE,
            "N x C x L"),
        new Promise(
            Conv1d.of(6, 3).withDilation(2).withGroups(2).withBias(false),
            Shape.of(4, 9),
            Shape.of(6, 5),
            ROW,
            "N x C x L"),
        new Promise(Dense.of(7), ROW, Shape.of(7), IMAGE, "Flatten"),
        new Promise(
            Dense.of(7).withBias(false).withInitializer(VarianceScaling.xavier()),
            ROW,
            Shape.of(7),
            IMAGE,
            "Flatten"));
  }

  private static Stream<Promise> pools() {
    return Stream.of(
        new Promise(MaxPool.of(2), IMAGE, Shape.of(4, 3, 4), Shape.of(4, 1, 8), "smaller kernel"),
        new Promise(
            MaxPool.of(Window.of(3).withStride(2).withPadding(1)),
            IMAGE,
            Shape.of(4, 3, 4),
            ROW,
            "rank 4"),
        new Promise(
            AveragePool.of(2), IMAGE, Shape.of(4, 3, 4), Shape.of(4, 1, 8), "smaller kernel"),
        new Promise(
            AveragePool.of(Window.of(3).withPadding(1)).withCountPadding(true),
            IMAGE,
            IMAGE,
            ROW,
            "rank 4"),
        new Promise(
            AveragePool.of(Window.of(2, 3).withDilation(2, 3).withPadding(1, 3, 2, 0)),
            IMAGE,
            Shape.of(4, 7, 5),
            ROW,
            "rank 4"),
        new Promise(
            AveragePool.of(Window.of(3).withDilation(2).withStride(2).withPadding(2))
                .withCountPadding(true),
            IMAGE,
            Shape.of(4, 3, 4),
            ROW,
            "rank 4"),
        new Promise(
            MaxPool.of(Window.of(2).withDilation(3).withPadding(3, 0, 1, 2)),
            IMAGE,
            Shape.of(4, 7, 7),
            ROW,
            "rank 4"),
        new Promise(GlobalAveragePool.of(), IMAGE, Shape.of(4), ROW, "N x C x H x W"));
  }

  private static Stream<Promise> norms() {
    return Stream.of(
        new Promise(BatchNorm.of(), IMAGE, IMAGE, null, ""),
        new Promise(BatchNorm.of().withEpsilon(1e-3).withMomentum(0.5), ROW, ROW, null, ""),
        new Promise(LayerNorm.of(), IMAGE, IMAGE, null, ""),
        new Promise(LayerNorm.of().withEpsilon(1e-3), ROW, ROW, null, ""),
        new Promise(GroupNorm.of(2), IMAGE, IMAGE, Shape.of(3, 6, 8), "2 groups"),
        new Promise(GroupNorm.perChannel(), IMAGE, IMAGE, ROW, "N x C x H x W"),
        new Promise(LocalResponseNorm.of(3), IMAGE, IMAGE, ROW, "N x C x H x W"),
        new Promise(new Weighed(), IMAGE, IMAGE, Shape.of(3, 6, 8), "of shape 3, got 4"));
  }

  private static Stream<Promise> activations() {
    return Stream.of(
        new Promise(Relu.of(), IMAGE, IMAGE, null, ""),
        new Promise(Sigmoid.of(), IMAGE, IMAGE, null, ""),
        new Promise(Tanh.of(), ROW, ROW, null, ""),
        new Promise(LeakyRelu.of(0.2), IMAGE, IMAGE, null, ""),
        new Promise(Elu.of(), IMAGE, IMAGE, null, ""),
        new Promise(Selu.of(), ROW, ROW, null, ""),
        new Promise(Gelu.of(), ROW, ROW, null, ""),
        new Promise(Silu.of(), IMAGE, IMAGE, null, ""),
        new Promise(Mish.of(), IMAGE, IMAGE, null, ""),
        new Promise(Softplus.of(), IMAGE, IMAGE, null, ""),
        new Promise(HardSigmoid.of(), IMAGE, IMAGE, null, ""),
        new Promise(HardSwish.of(), IMAGE, IMAGE, null, ""),
        new Promise(HardTanh.relu6(), IMAGE, IMAGE, null, ""),
        new Promise(PRelu.of(), IMAGE, IMAGE, null, ""),
        new Promise(PRelu.of(0.1), ROW, ROW, null, ""),
        new Promise(Dropout.of(0.5), ROW, ROW, null, ""));
  }

  private static Stream<Promise> others() {
    return Stream.of(
        new Promise(Flatten.of(), IMAGE, Shape.of(192), null, ""),
        new Promise(Reshape.of(0, 8, -1), IMAGE, Shape.of(8, 24), Shape.of(3, 3), "divisible"),
        new Promise(Rescale.of(0.5, 1), ROW, ROW, null, ""),
        new Promise(
            Standardise.of(new double[] {0.1, 0.2, 0.3, 0.4}, new double[] {1, 2, 3, 4}),
            IMAGE,
            IMAGE,
            Shape.of(3, 6, 8),
            "C = 4"),
        new Promise(Softmax.of(), ROW, ROW, IMAGE, "Flatten"),
        new Promise(LogSoftmax.of(), ROW, ROW, IMAGE, "Flatten"),
        new Promise(
            Sequential.of(Conv2d.of(3, 1), Relu.of()), IMAGE, Shape.of(3, 6, 8), ROW, "conv1"),
        new Promise(
            Residual.of(Conv2d.of(4, 3).withPadding(1)),
            IMAGE,
            IMAGE,
            Shape.of(3, 6, 8),
            "second term"),
        new Promise(
            Concat.of(Conv2d.of(2, 1), MaxPool.of(Window.of(3).withPadding(1))),
            IMAGE,
            Shape.of(6, 6, 8),
            ROW,
            "N x C x H x W"));
  }

  /** A layer that is not in the list above would be tried by none of the tests that go by it. */
  @Test
  void everyLayerIsTried() throws IOException {
    Path sources =
        Path.of(
            System.getProperty("portafilter.root"),
            "java-api/core/src/main/java/org/portafilter/nn");
    Set<String> tried = new TreeSet<>();
    layers().forEach(p -> tried.add(p.layer.getClass().getSimpleName()));
    Set<String> all = new TreeSet<>(Set.of(Weighed.class.getSimpleName()));
    try (Stream<Path> files = Files.list(sources)) {
      for (Path file : files.toList()) {
        if (Files.readString(file).contains(" implements Layer {")) {
          all.add(file.getFileName().toString().replace(".java", ""));
        }
      }
    }
    all.remove("Layer");
    assertTrue(all.size() > 30, all.toString());
    assertEquals(all, tried);
  }

  private static float[] values(Promise p, int batch) {
    double[] drawn = Draw.uniform(p.toString(), p.input.count() * batch);
    float[] values = new float[drawn.length];
    for (int i = 0; i < values.length; i++) {
      // A layer that begins with a rescale takes bytes: whole numbers in its range serve all.
      values[i] = (float) drawn[i];
    }
    return values;
  }

  private static Network create(Promise p, long seed) {
    return Network.create(p.layer, p.input, TestDevice.get(), seed);
  }

  private static float[] run(Network net, Promise p) {
    try (Predictor predictor = net.session(3)) {
      if (p.layer.readsBytes()) {
        byte[] bytes = new byte[(int) p.input.count() * 3];
        for (int i = 0; i < bytes.length; i++) {
          bytes[i] = (byte) (i * 7);
        }
        return predictor.predict(bytes);
      }
      return predictor.predict(values(p, 3));
    }
  }

  @ParameterizedTest
  @MethodSource("layers")
  void promisedShapeIsGivenShape(Promise p) {
    long before = Leaks.live();
    try (Network net = create(p, 1)) {
      assertEquals(p.output, net.output());
      assertEquals(p.output.count() * 3, run(net, p).length);
      for (float value : run(net, p)) {
        assertTrue(Float.isFinite(value));
      }
    }
    assertEquals(before, Leaks.live(), "live buffers after close");
  }

  @ParameterizedTest
  @MethodSource("layers")
  void wrongInputNamesTheRemedy(Promise p) {
    if (p.wrong != null) {
      PortafilterException e =
          assertThrows(
              PortafilterException.class,
              () -> Network.create(p.layer, p.wrong, TestDevice.get(), 1).close());
      assertTrue(e.getMessage().contains(p.word), e.getMessage());
    }
  }

  @ParameterizedTest
  @MethodSource("layers")
  void sameSeedSameResultOtherSeedOtherParameters(Promise p) {
    try (Network a = create(p, 5);
        Network b = create(p, 5);
        Network c = create(p, 6)) {
      assertArrayEquals(run(a, p), run(b, p));
      boolean random = a.trainable().stream().anyMatch(path -> path.endsWith("weights"));
      if (random) {
        assertFalse(Arrays.equals(run(a, p), run(c, p)));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("layers")
  void savedAndLoadedItIsTheSame(Promise p, @TempDir Path folder) {
    Path file = folder.resolve("model.safetensors");
    try (Network net = create(p, 5)) {
      ModelFile.save(net, file);
      try (Network again = ModelFile.load(file, TestDevice.get())) {
        assertArrayEquals(run(net, p), run(again, p));
        assertEquals(net.trainable(), again.trainable());
        assertEquals(net.parameters(), again.parameters());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("layers")
  void trainingMovesWhatIsTrainedAndInferenceMovesNothing(Promise p) {
    Layer head = p.output.rank() == 1 ? Dense.of(3) : Sequential.of(Flatten.of(), Dense.of(3));
    Layer whole =
        new Sequential(
            List.of(new Sequential.Named("layer", p.layer), new Sequential.Named("head", head)));
    try (Network net = Network.create(whole, p.input, TestDevice.get(), 5);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(0.1))) {
      Map<String, float[]> before = snapshot(net);
      boolean bytes = net.preferredInput() == DType.UINT8;
      int[] labels = {0, 1, 2, 1, 0, 2};
      Dataset data =
          bytes
              ? Dataset.of(new byte[(int) p.input.count() * 6], p.input, labels)
              : Dataset.of(values(p, 6), p.input, labels);
      trainer.evaluate(data.batches(6), Accuracy.of());
      snapshot(net)
          .forEach(
              (path, values) ->
                  assertArrayEquals(before.get(path), values, path + " after inference"));
      trainer.fit(data.batches(6), 1);
      for (String path : net.trainable()) {
        boolean moved = !Arrays.equals(before.get(path), net.state().get(path).floats());
        // Behind a batch norm a constant cannot matter; all-zero bytes give zero weight gradients.
        assertTrue(moved || bytes, path + " after training");
      }
    }
  }

  private static Map<String, float[]> snapshot(Network net) {
    Map<String, float[]> values = new LinkedHashMap<>();
    net.state().entries().forEach((path, tensor) -> values.put(path, tensor.floats()));
    return values;
  }
}
