package org.portafilter.fuzz;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.portafilter.tensor.Philox;

/** Every reader answers truncated and bent files: the fuzzers' targets, over a fixed sample. */
@Tag("unit")
class FuzzRegressionTest {
  private static final Map<String, Consumer<byte[]>> TARGETS =
      Map.of(
          "Idx", IdxFuzzer::fuzzerTestOneInput,
          "Cifar", CifarFuzzer::fuzzerTestOneInput,
          "Safetensors", SafetensorsFuzzer::fuzzerTestOneInput,
          "Image", ImageFuzzer::fuzzerTestOneInput,
          "Checkpoint", CheckpointFuzzer::fuzzerTestOneInput);

  @TestFactory
  List<DynamicTest> answers() throws IOException {
    return SeedCorpus.all().entrySet().stream()
        .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> sample(e.getKey(), e.getValue())))
        .toList();
  }

  private static void sample(String reader, List<byte[]> seeds) {
    Consumer<byte[]> target = TARGETS.get(reader);
    Philox random = new Philox(1, Philox.streamOf(reader));
    for (byte[] seed : seeds) {
      target.accept(seed);
      for (int i = 0; i < 60; i++) {
        target.accept(Arrays.copyOf(seed, random.nextInt(seed.length + 8)));
        byte[] bent = seed.clone();
        for (int k = 0; k <= i % 4; k++) {
          int at = random.nextInt(Math.min(bent.length, 4096));
          bent[at] = (byte) random.nextInt(256);
        }
        target.accept(bent);
      }
    }
  }
}
