package org.portafilter.fuzz;

import java.nio.file.Path;
import org.portafilter.data.Fit;
import org.portafilter.data.ImageFile;
import org.portafilter.shape.Shape;

/** Feeds bytes to the image reader. */
public final class ImageFuzzer {
  private ImageFuzzer() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    Path file = FuzzInput.write("image", input);
    FuzzInput.expectAnswer(() -> ImageFile.read(file, Shape.of(1, 8, 8), Fit.CROP));
    FuzzInput.expectAnswer(() -> ImageFile.read(file, Shape.of(3, 8, 8), Fit.STRETCH));
  }
}
