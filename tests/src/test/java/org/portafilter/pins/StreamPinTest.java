package org.portafilter.pins;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.tensor.Philox;

/** What a seed and a path give: the parameters, orders, augmentations and masks of old runs. */
@Tag("pin")
class StreamPinTest {
  private static final List<String> PATHS =
      List.of(
          "conv1/weights",
          "conv1/bias",
          "dense1/weights",
          "stage2/block1/conv1/weights",
          "residual1/shortcut/norm1/gamma",
          "concat1/branch2/conv1/weights",
          "dropout1",
          "classifier/dropout2",
          "shuffle/0",
          "shuffle/1",
          "shuffle/99",
          "augment/0/0",
          "augment/0/1",
          "augment/7/59999",
          "dataset",
          "split",
          "shape",
          "digit",
          "optimizer/conv1/weights/m",
          "größe/weights");

  @Test
  void pathsGiveTheNumbersTheyGave() {
    List<String> lines = new ArrayList<>();
    for (String path : PATHS) {
      long stream = Philox.streamOf(path);
      Philox random = new Philox(42, stream);
      StringBuilder line = new StringBuilder(path + " " + Long.toHexString(stream));
      for (int i = 0; i < 4; i++) {
        line.append(' ').append(Integer.toHexString(random.nextInt()));
      }
      line.append(' ').append(Double.toHexString(random.nextDouble()));
      line.append(' ').append(Double.toHexString(random.nextGaussian()));
      for (int place : new Philox(-7, stream).permutation(10)) {
        line.append(' ').append(place);
      }
      lines.add(line.toString());
    }
    Pins.hold("streams.txt.gz", lines);
  }
}
