package org.portafilter.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.data.Dataset;
import org.portafilter.loss.MeanSquaredError;
import org.portafilter.loss.NegativeLogLikelihood;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.metric.Accuracy;
import org.portafilter.metric.ConfusionMatrix;
import org.portafilter.nn.Network;
import org.portafilter.nn.Rescale;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.testkit.TestDevice;

/** What is NaN is no answer: neither right nor a class, and counted by its name. */
@Tag("curve")
class NanOutputsTest {
  private static final float NAN = Float.NaN;
  private static final float INF = Float.POSITIVE_INFINITY;

  /** The network gives back what it is given. */
  private static final float[] ROWS = {
    3, 1, 2, /* right */ NAN, 0, 0, /* */ 0, NAN, 5, /* the label's is the largest number */ -INF,
    INF, 0, /* right */ 2, 9, 1, /* wrong */ NAN, NAN, NAN
  };

  private static final int[] LABELS = {0, 0, 2, 1, 2, 1};

  private static Network echo() {
    return Network.create(Rescale.of(1), Shape.of(3), TestDevice.get(), 1);
  }

  @Test
  void theyAreCountedAndWrong() {
    Dataset data = Dataset.of(ROWS, Shape.of(3), LABELS);
    try (Network net = echo();
        Evaluator evaluator =
            Evaluator.of(
                net, NegativeLogLikelihood.of(), Accuracy.of(), Accuracy.top(2), Accuracy.top(3))) {
      for (int batch : new int[] {1, 2, 4, 6}) {
        Map<String, Double> numbers = evaluator.run(data.batches(batch));
        assertEquals(3, numbers.get(Evaluator.NAN_OUTPUTS));
        assertEquals(2 / 6.0, numbers.get("accuracy"), 1e-12);
        assertEquals(2 / 6.0, numbers.get("top2_accuracy"), 1e-12);
        assertEquals(3 / 6.0, numbers.get("top3_accuracy"), 1e-12);
        ConfusionMatrix matrix = evaluator.confusion(data.batches(batch));
        assertEquals(1, matrix.count(0, 0));
        assertEquals(1, matrix.count(1, 1));
        assertEquals(1, matrix.count(2, 1));
        assertEquals(0, matrix.count(2, 2));
        for (int label = 0; label < 3; label++) {
          assertEquals(1, matrix.nan(label));
        }
        assertEquals(numbers.get("accuracy"), matrix.accuracy(), 1e-12);
      }
    }
  }

  @Test
  void infiniteOutputsAreLegal() {
    float[] rows = {INF, 0, 1, -INF, -INF, 2, -INF, -INF, -INF};
    Dataset data = Dataset.of(rows, Shape.of(3), new int[] {0, 2, 0});
    try (Network net = echo();
        Evaluator evaluator = Evaluator.of(net, SoftmaxCrossEntropy.of(), Accuracy.of())) {
      Map<String, Double> two = evaluator.run(data.slice(0, 2).batches(2));
      assertEquals(Map.of("loss", 0.0, "accuracy", 1.0), two);
      assertFalse(evaluator.run(data.batches(3)).containsKey(Evaluator.NAN_OUTPUTS));
    }
  }

  /** Infinity times 0 is NaN. */
  @Test
  void doublesAreReadAsSuch() {
    byte[] rows = {1, 0, 2, 2, 1, 3, 0, 0, 0};
    Dataset data = Dataset.of(rows, Shape.of(3), new int[] {0, 0, 2});
    Rescale layer = Rescale.of(Double.POSITIVE_INFINITY);
    try (Network net = Network.create(layer, Shape.of(3), TestDevice.get(), 1, DType.FLOAT64);
        Evaluator evaluator = Evaluator.of(net, NegativeLogLikelihood.of())) {
      assertEquals(2, evaluator.run(data.batches(2)).get(Evaluator.NAN_OUTPUTS));
      ConfusionMatrix matrix = evaluator.confusion(data.batches(2));
      assertEquals(List.of(1, 0, 1), List.of(matrix.nan(0), matrix.nan(1), matrix.nan(2)));
      assertEquals(1, matrix.count(0, 0), "the first of equals");
    }
  }

  @Test
  void numbersToPredictAreCountedToo() {
    Dataset data = Dataset.of(ROWS, Shape.of(3), new float[18], Shape.of(3));
    try (Network net = echo();
        Evaluator evaluator = Evaluator.of(net, MeanSquaredError.of())) {
      assertEquals(3, evaluator.run(data.batches(4)).get(Evaluator.NAN_OUTPUTS));
    }
  }

  @Test
  void theMatrixShowsThem() {
    int[][] counts = {{3, 1}, {0, 2}};
    ConfusionMatrix matrix = ConfusionMatrix.of(counts, new int[] {4, 0});
    assertEquals(5 / 10.0, matrix.accuracy());
    assertEquals(3 / 8.0, matrix.recall(0));
    assertEquals(1, matrix.precision(0));
    assertEquals(1, matrix.recall(1));
    assertEquals(2 / 3.0, matrix.precision(1));
    String text = matrix.toText(List.of("cat", "dog"));
    assertTrue(text.lines().findFirst().orElseThrow().contains("   NaN  precision"), text);
    assertTrue(text.contains("0 cat            3     1     4     1.0000  0.3750"), text);
    assertFalse(ConfusionMatrix.of(counts).toString().contains("NaN"));
    var e =
        assertThrows(PortafilterException.class, () -> ConfusionMatrix.of(counts, new int[] {1}));
    assertTrue(e.getMessage().contains("2 classes"), e.getMessage());
  }
}
