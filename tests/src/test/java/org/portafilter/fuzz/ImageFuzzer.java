package org.portafilter.fuzz;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import org.portafilter.data.Fit;
import org.portafilter.data.ImageFile;
import org.portafilter.data.PngBytes;
import org.portafilter.shape.Shape;

/** Feeds bytes to the image reader; those of a PNG also with checksums that hold. */
public final class ImageFuzzer {
  private ImageFuzzer() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    read(input);
    if (input.length > 0 && input[0] == (byte) 0x89) {
      read(PngBytes.repaired(input));
    }
  }

  private static void read(byte[] input) {
    Path file = FuzzInput.write("image", input);
    FuzzInput.expectAnswer(() -> ImageFile.read(file, Shape.of(1, 8, 8), Fit.CROP));
    FuzzInput.expectAnswer(() -> ImageFile.read(file, Shape.of(3, 8, 8), Fit.STRETCH));
    FuzzInput.expectAnswer(
        () -> ImageFile.read(new ByteArrayInputStream(input), Shape.of(3, 7, 9), Fit.EXACT));
  }
}
