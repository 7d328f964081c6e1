package org.portafilter.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.data.Dataset;
import org.portafilter.graph.Graph;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.Value;
import org.portafilter.loss.BinaryCrossEntropy;
import org.portafilter.loss.Focal;
import org.portafilter.loss.Huber;
import org.portafilter.loss.Loss;
import org.portafilter.loss.MeanAbsoluteError;
import org.portafilter.loss.MeanSquaredError;
import org.portafilter.loss.MultiClassHinge;
import org.portafilter.loss.NegativeLogLikelihood;
import org.portafilter.loss.Penalized;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.metric.Accuracy;
import org.portafilter.metric.ConfusionMatrix;
import org.portafilter.metric.Metric;
import org.portafilter.nn.Dense;
import org.portafilter.nn.LogSoftmax;
import org.portafilter.nn.Network;
import org.portafilter.nn.Sequential;
import org.portafilter.nn.Sigmoid;
import org.portafilter.optim.Sgd;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.testkit.MathOracle;
import org.portafilter.testkit.TestDevice;

/** What is measured of a set does not depend on how it is cut into batches. */
@Tag("curve")
class CutsTest {
  private static final int CLASSES = 4;
  private static final int FEATURES = 3;
  private static final int IGNORED = 255;

  /** The ignored label may be one of the classes, too. */
  private static final int IGNORED_CLASS = 1;

  private static final List<Double> WEIGHTS = List.of(1.0, 0.5, 3.0, 0.0);

  private static SoftmaxCrossEntropy weighed() {
    return SoftmaxCrossEntropy.of().withClassWeights(1, 0.5, 3, 0);
  }

  static Stream<Loss> ofClasses() {
    SoftmaxCrossEntropy plain = SoftmaxCrossEntropy.of();
    return Stream.of(
        plain,
        plain.withSmoothing(0.1),
        plain.withIgnored(IGNORED),
        plain.withIgnored(IGNORED_CLASS),
        plain.withIgnored(IGNORED).withSmoothing(0.2),
        weighed(),
        weighed().withSmoothing(0.1),
        weighed().withIgnored(IGNORED),
        weighed().withIgnored(IGNORED_CLASS).withSmoothing(0.1),
        weighed().withIgnored(IGNORED).withSmoothing(0.1),
        NegativeLogLikelihood.of(),
        MultiClassHinge.of(0.75),
        Focal.of(2),
        Penalized.of(plain).withL1(0.1).withL2(0.2),
        Penalized.of(weighed().withIgnored(IGNORED).withSmoothing(0.1)).withL1(0.1).withL2(0.2),
        Penalized.of(Penalized.of(weighed()).withL1(0.1)).withL2(0.2));
  }

  static Stream<Loss> ofNumbers() {
    return Stream.of(
        MeanSquaredError.of(),
        MeanAbsoluteError.of(),
        Huber.of(0.3),
        BinaryCrossEntropy.of(),
        BinaryCrossEntropy.ofProbabilities(),
        Penalized.of(MeanSquaredError.of()).withL2(0.1));
  }

  private static boolean ignores(Loss loss, int label) {
    Loss inner = loss instanceof Penalized penalized ? penalized.loss() : loss;
    return inner instanceof SoftmaxCrossEntropy softmax && softmax.ignored() == label;
  }

  private static Network network(Loss loss) {
    boolean log = loss instanceof NegativeLogLikelihood;
    boolean share = loss.equals(BinaryCrossEntropy.ofProbabilities());
    var layer =
        log
            ? Sequential.of(Dense.of(CLASSES), LogSoftmax.of())
            : share
                ? Sequential.of(Dense.of(CLASSES), Sigmoid.of())
                : Sequential.of(Dense.of(CLASSES));
    return Network.create(layer, Shape.of(FEATURES), TestDevice.get(), 1);
  }

  private static float[] features(Random random, int size) {
    float[] features = new float[FEATURES * size];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextGaussian() * 2;
    }
    return features;
  }

  /** Images of every class, the ignored one among them where the loss allows it; one counts. */
  private static Dataset classes(Loss loss, Random random, int size) {
    int[] labels = new int[size];
    boolean above = ignores(loss, IGNORED);
    for (int i = 0; i < size; i++) {
      labels[i] = above && random.nextInt(3) == 0 ? IGNORED : random.nextInt(CLASSES);
    }
    labels[random.nextInt(size)] = 2;
    return Dataset.of(features(random, size), Shape.of(FEATURES), labels);
  }

  private static void assertClose(Map<String, Double> expected, Map<String, Double> got) {
    assertEquals(expected.keySet(), got.keySet());
    expected.forEach(
        (name, value) -> assertEquals(value, got.get(name), 2e-6 * (1 + Math.abs(value)), name));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ofClasses")
  void classesCountAlikeInEveryCut(Loss loss) {
    try (Network net = network(loss);
        Evaluator evaluator = Evaluator.of(net, loss, Accuracy.of(), Accuracy.top(2))) {
      for (int seed = 0; seed < 4; seed++) {
        Random random = new Random(seed);
        Dataset data = classes(loss, random, 5 + random.nextInt(5));
        Map<String, Double> whole = evaluator.run(data.batches(data.size()));
        ConfusionMatrix matrix = evaluator.confusion(data.batches(data.size()));
        assertEquals(whole.get("accuracy"), matrix.accuracy(), 1e-12);
        for (int batch = 1; batch <= 3; batch++) {
          assertClose(whole, evaluator.run(data.batches(batch)));
          ConfusionMatrix same = evaluator.confusion(data.batches(batch));
          assertEquals(matrix.toString(), same.toString());
        }
        Dataset counting = counting(loss, data);
        assertClose(whole, evaluator.run(counting.batches(2)));
        int images = 0;
        for (int label = 0; label < CLASSES; label++) {
          for (int c = 0; c < CLASSES; c++) {
            images += matrix.count(label, c);
          }
        }
        assertEquals(counting.size(), images);
        assertFormula(loss, net, counting, whole.get("loss"));
      }
    }
  }

  private static Dataset counting(Loss loss, Dataset data) {
    return data.select(
        IntStream.range(0, data.size()).filter(i -> !ignores(loss, data.label(i))).toArray());
  }

  /** The weighted mean as it is written, in double. */
  private static void assertFormula(Loss loss, Network net, Dataset data, double got) {
    if (!(loss instanceof SoftmaxCrossEntropy softmax)) {
      return;
    }
    double sum = 0;
    double all = 0;
    for (int i = 0; i < data.size(); i++) {
      double[] p = MathOracle.softmax(outputs(net, data.features(i)), 1, CLASSES);
      List<Double> weights =
          softmax.classWeights().isEmpty() ? List.of(1.0, 1.0, 1.0, 1.0) : WEIGHTS;
      for (int c = 0; c < CLASSES; c++) {
        double own = c == data.label(i) ? 1 - softmax.smoothing() : 0;
        sum -= weights.get(c) * (own + softmax.smoothing() / CLASSES) * Math.log(p[c]);
      }
      all += weights.get(data.label(i));
    }
    assertEquals(sum / all, got, 2e-6 * (1 + sum / all));
  }

  private static double[] outputs(Network net, float[] features) {
    float[] weights = net.state().get("dense1/weights").floats();
    double[] outputs = new double[CLASSES];
    for (int c = 0; c < CLASSES; c++) {
      for (int k = 0; k < FEATURES; k++) {
        outputs[c] += (double) weights[c * FEATURES + k] * features[k];
      }
    }
    return outputs;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ofNumbers")
  void numbersCountAlikeInEveryCut(Loss loss) {
    try (Network net = network(loss);
        Evaluator evaluator = Evaluator.of(net, loss)) {
      Random random = new Random(7);
      float[] targets = new float[CLASSES * 7];
      for (int i = 0; i < targets.length; i++) {
        targets[i] = random.nextFloat();
      }
      float[] features = features(random, 7);
      Dataset data = Dataset.of(features, Shape.of(FEATURES), targets, Shape.of(CLASSES));
      Map<String, Double> whole = evaluator.run(data.batches(7));
      for (int batch = 1; batch <= 3; batch++) {
        assertClose(whole, evaluator.run(data.batches(batch)));
      }
    }
  }

  /** A metric of a user's: the sum of all outputs, which is no count. */
  private record MeanOutput() implements Metric {
    @Override
    public String name() {
      return "mean_output";
    }

    @Override
    public Value apply(Graph.Builder graph, Value output, Value labels) {
      return graph.add("metric/sum", new ReduceOp.Reduce(ReduceOp.Kind.SUM, List.of(0, 1)), output);
    }
  }

  @Test
  void aUsersMetricSeesWhatCounts() {
    Loss loss = SoftmaxCrossEntropy.of().withIgnored(IGNORED);
    Loss own = (graph, output, labels) -> SoftmaxCrossEntropy.of().apply(graph, output, labels);
    try (Network net = network(loss);
        Evaluator evaluator = Evaluator.of(net, loss, new MeanOutput());
        Evaluator users = Evaluator.of(net, own, new MeanOutput())) {
      Dataset data = classes(loss, new Random(3), 8);
      Dataset counting = counting(loss, data);
      assertTrue(counting.size() < data.size());
      Map<String, Double> expected = users.run(counting.batches(8));
      for (int batch = 1; batch <= 3; batch++) {
        assertClose(expected, evaluator.run(data.batches(batch)));
        assertClose(expected, users.run(counting.batches(batch)));
      }
    }
  }

  /** A loss of a user's that passes an ignored label on without a word of it. */
  @Test
  void labelsBeyondTheClassesAreLeftOutOfAUsersLossToo() {
    Loss loss = SoftmaxCrossEntropy.of().withIgnored(IGNORED);
    try (Network net = network(loss);
        Evaluator expected = Evaluator.of(net, loss, Accuracy.of());
        Evaluator users = Evaluator.of(net, loss::apply, Accuracy.of())) {
      Dataset data = classes(loss, new Random(3), 8);
      for (int batch = 1; batch <= 3; batch++) {
        assertClose(expected.run(data.batches(8)), users.run(data.batches(batch)));
        String matrix = expected.confusion(data.batches(batch)).toString();
        assertEquals(matrix, users.confusion(data.batches(batch)).toString());
      }
    }
  }

  @Test
  void nothingToMeasureIsNamed() {
    Loss loss = SoftmaxCrossEntropy.of().withIgnored(IGNORED);
    int[] ignored = {IGNORED, IGNORED, IGNORED};
    Dataset none = Dataset.of(new float[9], Shape.of(FEATURES), ignored);
    Dataset weightless = Dataset.of(new float[9], Shape.of(FEATURES), new int[] {3, 3, 3});
    try (Network net = network(loss);
        Evaluator evaluator = Evaluator.of(net, loss, Accuracy.of());
        Evaluator other = Evaluator.of(net, weighed(), Accuracy.of());
        Trainer trainer = Trainer.of(net, loss, Sgd.of(0.1))) {
      for (int batch = 1; batch <= 3; batch++) {
        int size = batch;
        assertNames(() -> evaluator.run(none.batches(size)), "3 images", "ignores");
        assertNames(() -> evaluator.confusion(none.batches(size)), "3 images", "ignores");
        assertNames(() -> other.run(weightless.batches(size)), "3 images", "weight");
        assertEquals(3, other.confusion(weightless.batches(size)).count(3, 0));
      }
      trainer.validation(none.batches(2), Accuracy.of());
      Dataset data = classes(loss, new Random(1), 6);
      assertNames(() -> trainer.fit(data.batches(2), 1), "3 images", "ignores");
      assertEquals(0, net.state().step(), "before the first step");
    }
  }

  private static void assertNames(Runnable run, String... parts) {
    String message = assertThrows(PortafilterException.class, run::run).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
  }

  /** A rate too small to change a weight: the epoch's loss is then the set's. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("ofClasses")
  void theEpochsLossIsTheSets(Loss loss) {
    Dataset data = classes(loss, new Random(5), 9);
    for (int batch : new int[] {1, 2, 4, 9}) {
      try (Network net = network(loss);
          Trainer trainer = Trainer.of(net, loss, Sgd.of(1e-30))) {
        trainer.validation(data.batches(batch), Accuracy.of());
        double expected = trainer.evaluate(data.batches(9), List.of()).get("loss");
        trainer.fit(data.batches(batch), 1);
        Map<String, Double> row = trainer.history().epochs().get(0);
        boolean corner = loss.toString().matches(".*smoothing=0.[12].*classWeights=.1.0.*");
        if (!corner) {
          assertEquals(expected, row.get("train_loss"), 2e-6 * (1 + expected), "batches " + batch);
        }
        assertEquals(expected, row.get("validation_loss"), 2e-6 * (1 + expected));
      }
    }
  }

  /** What the batches of half an epoch counted is part of its checkpoint. */
  @Test
  void aResumedEpochCountsAlike(@TempDir Path folder) {
    Loss loss = weighed().withIgnored(IGNORED);
    Dataset data = classes(loss, new Random(4), 9);
    double whole = trainLoss(loss, data, null, 0);
    assertThrows(IllegalStateException.class, () -> trainLoss(loss, data, folder, 3));
    assertEquals(whole, trainLoss(loss, data, folder, 0), 1e-12);
  }

  private static double trainLoss(Loss loss, Dataset data, @Nullable Path folder, int breaksAt) {
    try (Network net = network(loss);
        Trainer trainer = Trainer.of(net, loss, Sgd.of(0.1))) {
      if (folder != null) {
        trainer.checkpoints(Checkpoints.in(folder).withEverySteps(1));
        trainer.resume(folder, data.batches(2));
      }
      trainer.callback(
          new Callback() {
            @Override
            public void step(Step step) {
              if (step.batch() == breaksAt) {
                throw new IllegalStateException("the power went");
              }
            }
          });
      trainer.fit(data.batches(2), 1);
      return trainer.history().epochs().get(0).get("train_loss");
    }
  }

  @Test
  void aBatchWithoutACountingImageTeachesNothing() {
    int[] ignored = {IGNORED, IGNORED, IGNORED};
    int[] weightless = {3, 3, 3};
    for (Loss loss :
        List.of(
            SoftmaxCrossEntropy.of().withIgnored(IGNORED),
            weighed().withIgnored(IGNORED).withSmoothing(0.1),
            weighed())) {
      int[] labels = loss.equals(weighed()) ? weightless : ignored;
      Dataset none = Dataset.of(features(new Random(1), 3), Shape.of(FEATURES), labels);
      try (Network net = network(loss);
          Trainer trainer = Trainer.of(net, loss, Sgd.of(1))) {
        float[] before = net.state().get("dense1/weights").floats();
        List<Double> losses = new ArrayList<>();
        trainer.callback(
            new Callback() {
              @Override
              public void step(Step step) {
                losses.add(step.stepLoss());
                losses.add(step.loss());
              }
            });
        trainer.fit(none.batches(2), 1);
        assertEquals(List.of(0.0, 0.0, 0.0, 0.0), losses);
        assertArrayEquals(before, net.state().get("dense1/weights").floats());
        assertEquals(0, trainer.history().epochs().get(0).get("train_loss"));
        trainer.fit(classes(loss, new Random(2), 3).batches(3), 2);
        float[] after = net.state().get("dense1/weights").floats();
        assertTrue(!Arrays.equals(before, after), "what counts teaches");
      }
    }
  }
}
