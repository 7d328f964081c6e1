package org.portafilter.fuzz;

import java.nio.file.Path;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;

/** Feeds bytes to the model reader, and so to the safetensors reader and the graph's. */
public final class SafetensorsFuzzer {
  private SafetensorsFuzzer() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    Path file = FuzzInput.write("model.safetensors", input);
    FuzzInput.expectAnswer(() -> ModelFile.load(file, Device.cpu(1)).close());
  }
}
