package org.portafilter.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.data.Batches;
import org.portafilter.data.ChannelStatistics;
import org.portafilter.data.Dataset;
import org.portafilter.data.DrawnDigits;
import org.portafilter.data.DrawnShapes;
import org.portafilter.data.HorizontalFlip;
import org.portafilter.data.RandomCrop;
import org.portafilter.data.Split;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.loss.BinaryCrossEntropy;
import org.portafilter.loss.Focal;
import org.portafilter.loss.Huber;
import org.portafilter.loss.Loss;
import org.portafilter.loss.MeanAbsoluteError;
import org.portafilter.loss.MeanSquaredError;
import org.portafilter.loss.MultiClassHinge;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.metric.Accuracy;
import org.portafilter.metric.ConfusionMatrix;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Gelu;
import org.portafilter.nn.Layer;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Network;
import org.portafilter.nn.Predictor;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.nn.Standardise;
import org.portafilter.optim.Adam;
import org.portafilter.optim.ClipGlobalNorm;
import org.portafilter.optim.ClipNorm;
import org.portafilter.optim.ClipValue;
import org.portafilter.optim.Clipping;
import org.portafilter.optim.Sgd;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Philox;
import org.portafilter.view.CurvePlot;

/** What a training run offers besides descending: validation, clipping, checkpoints, pictures. */
@Tag("curve")
class TrainingFeaturesTest {
  private static final Split DIGITS = DrawnDigits.split(600, 200, 1);
  private static final Layer SMALL =
      Sequential.of(
          Rescale.of(1 / 255.0),
          Conv2d.of(4, 5),
          Relu.of(),
          MaxPool.of(4),
          Flatten.of(),
          Dense.of(10));

  private static Network network(Layer layer, Shape input) {
    return Network.create(layer, input, Device.cpu(), 1);
  }

  private static Map<String, float[]> parameters(Network net) {
    Map<String, float[]> values = new TreeMap<>();
    net.trainable().forEach(path -> values.put(path, net.state().get(path).floats()));
    return values;
  }

  /** Rows of three numbers, and two that depend on them; the second one not linearly. */
  private static Dataset measurements(int count, long seed) {
    Philox random = new Philox(seed, 1);
    float[] features = new float[3 * count];
    float[] targets = new float[2 * count];
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < 3; k++) {
        features[3 * i + k] = (float) random.uniform(-1, 1);
      }
      float first = features[3 * i];
      targets[2 * i] = 2 * first - features[3 * i + 1] + 0.5f;
      targets[2 * i + 1] = first * first;
    }
    return Dataset.of(features, Shape.of(3), targets, Shape.of(2));
  }

  @Test
  void numbersAreLearned() {
    Layer layer = Sequential.of(Dense.of(32), Gelu.of(), Dense.of(2));
    for (Loss loss : List.of(MeanSquaredError.of(), Huber.of(), MeanAbsoluteError.of())) {
      try (Network net = network(layer, Shape.of(3));
          Trainer trainer = Trainer.of(net, loss, Adam.of(1e-2))) {
        trainer
            .validation(measurements(200, 2).batches(64))
            .plateau(ReduceOnPlateau.of("validation_loss", 5));
        trainer.fit(measurements(1000, 1).batches(64), 60);
        var rows = trainer.history().epochs();
        assertTrue(rows.get(59).get("validation_loss") < 0.02, loss + ": " + rows.get(59));
        assertTrue(rows.get(59).get("learning_rate") < 1e-2, loss + ": the rate fell");
        float[] features = measurements(1, 3).features(0);
        try (Predictor predictor = net.session(1)) {
          assertArrayEquals(measurements(1, 3).target(0), predictor.predict(features), 0.2f);
        }
      }
    }
  }

  @Test
  void classesAreLearnedByEveryLoss() {
    for (Loss loss :
        List.of(
            SoftmaxCrossEntropy.of().withSmoothing(0.1),
            Focal.of(),
            MultiClassHinge.of(),
            BinaryCrossEntropy.of(),
            MeanSquaredError.of())) {
      boolean numbers = loss instanceof BinaryCrossEntropy || loss instanceof MeanSquaredError;
      try (Network net = network(SMALL, Shape.of(1, 28, 28));
          Trainer trainer = Trainer.of(net, loss, Adam.of(1e-2))) {
        Dataset train = numbers ? DIGITS.train().oneHot(10) : DIGITS.train();
        trainer.fit(train.batches(32), 25);
        try (Evaluator evaluator = Evaluator.of(net, SoftmaxCrossEntropy.of(), Accuracy.of())) {
          double accuracy = evaluator.run(DIGITS.test().batches(100)).get("accuracy");
          assertTrue(accuracy > 0.7, loss + ": " + accuracy);
        }
      }
    }
  }

  /** Images of one class count for nothing: the network trains as if they were not there. */
  @Test
  void ignoredLabelsTeachNothing() {
    int size = 20;
    float[] features = new float[3 * size];
    int[] labels = new int[size];
    Philox random = new Philox(3, 3);
    for (int i = 0; i < size; i++) {
      labels[i] = i < 8 ? i % 2 : 255;
      for (int k = 0; k < 3; k++) {
        features[3 * i + k] = (float) random.uniform(-1, 1);
      }
    }
    Dataset all = Dataset.of(features, Shape.of(3), labels);
    Map<String, float[]> with = afterOneStep(all, SoftmaxCrossEntropy.of().withIgnored(255));
    Map<String, float[]> without = afterOneStep(all.slice(0, 8), SoftmaxCrossEntropy.of());
    without.forEach((path, values) -> assertArrayEquals(values, with.get(path), 1e-6f, path));
    var e =
        assertThrows(PortafilterException.class, () -> afterOneStep(all, SoftmaxCrossEntropy.of()));
    assertTrue(e.getMessage().contains("label 255"), e.getMessage());
  }

  /** Constants stay where sessions for full and last batches take turns in one arena. */
  @Test
  void classWeightsCountInEveryBatch() {
    SoftmaxCrossEntropy plain = SoftmaxCrossEntropy.of();
    Map<String, float[]> alike = afterEpochs(plain.withClassWeights(2, 2));
    Map<String, float[]> without = afterEpochs(plain);
    without.forEach((path, values) -> assertArrayEquals(values, alike.get(path), 1e-5f, path));
    Map<String, float[]> one = afterEpochs(plain.withClassWeights(1, 0));
    assertTrue(Math.abs(one.get("bias")[0] - without.get("bias")[0]) > 0.05, "class 0 alone");
  }

  private static Map<String, float[]> afterEpochs(Loss loss) {
    float[] features = new float[3 * 23];
    int[] labels = new int[23];
    Philox random = new Philox(5, 5);
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % 2;
      for (int k = 0; k < 3; k++) {
        features[3 * i + k] = (float) random.uniform(-1, 1);
      }
    }
    try (Network net = network(Dense.of(2), Shape.of(3));
        Trainer trainer = Trainer.of(net, loss, Sgd.of(0.1))) {
      trainer.fit(Dataset.of(features, Shape.of(3), labels).batches(6), 4);
      return parameters(net);
    }
  }

  private static Map<String, float[]> afterOneStep(Dataset data, Loss loss) {
    try (Network net = network(Dense.of(2), Shape.of(3));
        Trainer trainer = Trainer.of(net, loss, Sgd.of(1))) {
      trainer.fit(data.batches(data.size()), 1);
      return parameters(net);
    }
  }

  @Test
  void targetsThatDoNotFitAreNamed() {
    try (Network net = network(Dense.of(3), Shape.of(3));
        Network fits = network(Dense.of(2), Shape.of(3));
        Trainer trainer = Trainer.of(net, MeanSquaredError.of(), Sgd.of(1));
        Trainer other = Trainer.of(fits, MeanSquaredError.of(), Sgd.of(1))) {
      Dataset two = measurements(8, 1);
      var shape = assertThrows(PortafilterException.class, () -> trainer.fit(two.batches(4), 1));
      assertTrue(shape.getMessage().contains("4x2"), shape.getMessage());
      var accuracy =
          assertThrows(
              PortafilterException.class, () -> other.evaluate(two.batches(4), Accuracy.of()));
      assertTrue(accuracy.getMessage().contains("INT32"), accuracy.getMessage());
      var label = assertThrows(PortafilterException.class, () -> two.label(0));
      assertTrue(label.getMessage().contains("target(index)"), label.getMessage());
      var odd =
          assertThrows(
              PortafilterException.class,
              () -> Dataset.of(new float[6], Shape.of(3), new float[3], Shape.of(2)));
      assertTrue(odd.getMessage().contains("multiple of 2"), odd.getMessage());
    }
  }

  /** All there are, in training, validation and a measurement made twice. */
  @Test
  void aBatchLargerThanTheSetIsTheSet() {
    Dataset hundred = DIGITS.train().slice(0, 100);
    List<Object> seen = new ArrayList<>();
    for (int size : new int[] {100, 1_000_000, Integer.MAX_VALUE}) {
      Batches batches = hundred.batches(size);
      try (Network net = network(SMALL, Shape.of(1, 28, 28));
          Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(0.1));
          Evaluator evaluator = Evaluator.of(net, SoftmaxCrossEntropy.of(), Accuracy.of())) {
        trainer.validation(batches).fit(batches, 2);
        assertEquals(2, net.state().step());
        Map<String, Double> first = evaluator.run(batches);
        assertEquals(first, evaluator.run(batches));
        seen.add(
            List.of(
                first,
                trainer.history().epochs().get(1).get("validation_loss"),
                evaluator.confusion(batches).toText(List.of("0123456789".split("")))));
      }
    }
    assertEquals(seen.get(0), seen.get(1));
    assertEquals(seen.get(0), seen.get(2));
  }

  /** One step of plain descent moves each parameter by exactly rate times the clipped gradient. */
  private static Map<String, double[]> stepped(Clipping clipping) {
    try (Network net = network(SMALL, Shape.of(1, 28, 28));
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(1))) {
      Map<String, float[]> before = parameters(net);
      if (clipping != null) {
        trainer.clipping(clipping);
      }
      trainer.fit(DIGITS.train().slice(0, 64).batches(64), 1);
      Map<String, double[]> moved = new TreeMap<>();
      parameters(net)
          .forEach(
              (path, after) -> {
                double[] difference = new double[after.length];
                for (int i = 0; i < after.length; i++) {
                  difference[i] = before.get(path)[i] - (double) after[i];
                }
                moved.put(path, difference);
              });
      return moved;
    }
  }

  private static double norm(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }

  @Test
  void clippingBoundsTheStep() {
    Map<String, double[]> free = stepped(null);
    double all = Math.sqrt(free.values().stream().mapToDouble(g -> norm(g) * norm(g)).sum());
    Map<String, double[]> global = stepped(ClipGlobalNorm.of(all / 4));
    Map<String, double[]> each = stepped(ClipNorm.of(all / 4));
    Map<String, double[]> value = stepped(ClipValue.of(0.01));
    free.forEach(
        (path, gradient) -> {
          double factor = Math.min(1, all / 4 / norm(gradient));
          for (int i = 0; i < gradient.length; i++) {
            assertEquals(gradient[i] / 4, global.get(path)[i], 1e-5, path);
            assertEquals(gradient[i] * factor, each.get(path)[i], 1e-5, path);
            double clamped = Math.min(0.01, Math.max(-0.01, gradient[i]));
            assertEquals(clamped, value.get(path)[i], 1e-6, path);
          }
        });
    Map<String, double[]> loose = stepped(ClipGlobalNorm.of(all * 4));
    free.forEach((path, gradient) -> assertArrayEquals(gradient, loose.get(path), path));
  }

  @Test
  void checkpointsKeepTheLastAndTheBest(@TempDir Path folder) throws IOException {
    try (Network net = network(SMALL, Shape.of(1, 28, 28));
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(2e-3))) {
      trainer
          .validation(DIGITS.test().batches(100), Accuracy.of())
          .checkpoints(Checkpoints.in(folder).withLast(2).withBest("validation_loss"))
          .fit(DIGITS.train().batches(50), 4);
      try (Stream<Path> files = Files.list(folder)) {
        assertEquals(
            List.of(
                "best.safetensors",
                "epoch-0003.safetensors",
                "epoch-0004.safetensors",
                "latest.safetensors"),
            files.map(p -> p.getFileName().toString()).sorted().toList());
      }
      double best =
          trainer.history().epochs().stream()
              .mapToDouble(row -> row.get("validation_loss"))
              .min()
              .orElseThrow();
      try (Network saved = ModelFile.load(folder.resolve("best.safetensors"), Device.cpu());
          Evaluator evaluator = Evaluator.of(saved, SoftmaxCrossEntropy.of())) {
        assertEquals(best, evaluator.run(DIGITS.test().batches(100)).get("loss"));
      }
    }
  }

  @Test
  void earlyStoppingEndsTheRunAndAResumedOneAlike(@TempDir Path folder) {
    try (Network net = network(SMALL, Shape.of(1, 28, 28));
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(1e-9))) {
      trainer
          .validation(DIGITS.test().batches(100))
          .callback(EarlyStopping.of("validation_loss", 2).withMargin(0.1))
          .checkpoints(Checkpoints.in(folder))
          .fit(DIGITS.train().batches(300), 50);
      assertEquals(3, trainer.history().epochs().size());
    }
  }

  @Test
  void augmentedRunsResumeExactly(@TempDir Path folder) {
    Split shapes = DrawnShapes.split(96, 1, 1);
    Batches batches = shapes.train().batches(32).augmented(RandomCrop.of(4), HorizontalFlip.of());
    Map<String, float[]> whole = run(batches, 2, null);
    run(batches, 1, folder);
    Map<String, float[]> resumed = run(batches, 2, folder);
    whole.forEach((path, values) -> assertArrayEquals(values, resumed.get(path), path));
  }

  private static Map<String, float[]> run(Batches batches, int epochs, Path folder) {
    Layer layer = Sequential.of(Rescale.of(1 / 255.0), Conv2d.of(4, 3), Flatten.of(), Dense.of(10));
    try (Network net = network(layer, Shape.of(3, 32, 32));
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3))) {
      trainer.clipping(ClipGlobalNorm.of(1));
      if (folder != null) {
        trainer.checkpoints(Checkpoints.in(folder));
        trainer.resume(folder, batches);
      }
      trainer.fit(batches, epochs);
      return parameters(net);
    }
  }

  @Test
  void confusionAgreesWithAccuracy() {
    try (Network net = network(SMALL, Shape.of(1, 28, 28));
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(3e-3));
        Evaluator evaluator = Evaluator.of(net, SoftmaxCrossEntropy.of(), Accuracy.of())) {
      trainer.fit(DIGITS.train().batches(50), 2);
      Batches test = DIGITS.test().batches(64);
      ConfusionMatrix matrix = evaluator.confusion(test);
      assertEquals(evaluator.run(test).get("accuracy"), matrix.accuracy(), 1e-12);
      int all = 0;
      for (int label = 0; label < 10; label++) {
        for (int prediction = 0; prediction < 10; prediction++) {
          all += matrix.count(label, prediction);
        }
      }
      assertEquals(200, all);
    }
    ConfusionMatrix small = ConfusionMatrix.of(new int[][] {{3, 1}, {2, 4}});
    assertEquals(0.7, small.accuracy(), 1e-12);
    assertEquals(0.6, small.precision(0), 1e-12);
    assertEquals(0.75, small.recall(0), 1e-12);
    assertEquals(2 / (1 / 0.6 + 1 / 0.75), small.f1(0), 1e-12);
    assertTrue(small.toText(List.of("cat", "dog")).contains("0 cat"));
  }

  @Test
  void standardisedImagesHaveMeanZeroAndDeviationOne() {
    Split shapes = DrawnShapes.split(50, 1, 1);
    ChannelStatistics colours = ChannelStatistics.of(shapes.train());
    Layer layer = Sequential.of(Standardise.of(colours.mean(), colours.deviation()));
    try (Network net = network(layer, Shape.of(3, 32, 32));
        Predictor predictor = net.session(1)) {
      double[] sum = new double[3];
      double[] squares = new double[3];
      for (int i = 0; i < 50; i++) {
        float[] out = predictor.predict(shapes.train().image(i));
        for (int at = 0; at < out.length; at++) {
          sum[at / 1024] += out[at];
          squares[at / 1024] += (double) out[at] * out[at];
        }
      }
      for (int c = 0; c < 3; c++) {
        assertEquals(0, sum[c] / 51200, 1e-5);
        assertEquals(1, squares[c] / 51200, 1e-4);
      }
    }
  }

  @Test
  void theCurveIsAPicture(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("curve.png");
    try (Network net = network(SMALL, Shape.of(1, 28, 28));
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(2e-3))) {
      trainer.validation(DIGITS.test().batches(100), Accuracy.of());
      trainer.fit(DIGITS.train().batches(50), 2);
      CurvePlot.of(trainer.history(), "small").save(file);
    }
    var picture = ImageIO.read(file.toFile());
    assertEquals(800, picture.getWidth());
    long inked = 0;
    for (int i = 0; i < 800 * 450; i++) {
      inked += picture.getRGB(i % 800, i / 800) == -1 ? 0 : 1;
    }
    assertTrue(inked > 2000 && inked < 200_000, inked + " pixels are not white");
  }
}
