package org.portafilter.fuzz;

import java.nio.file.Path;
import java.util.Arrays;
import org.portafilter.data.Idx;

/** Feeds bytes to the IDX reader: the first says how the rest is cut into images and labels. */
public final class IdxFuzzer {
  private IdxFuzzer() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    int cut = input.length == 0 ? 0 : Math.min(input.length, 1 + (input[0] & 255));
    Path labels = FuzzInput.write("labels", Arrays.copyOfRange(input, Math.min(1, cut), cut));
    Path images = FuzzInput.write("images", Arrays.copyOfRange(input, cut, input.length));
    FuzzInput.expectAnswer(() -> Idx.read(images, labels));
  }
}
