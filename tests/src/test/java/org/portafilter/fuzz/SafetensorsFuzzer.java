package org.portafilter.fuzz;

import java.nio.file.Path;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.nn.Network;
import org.portafilter.nn.Predictor;

/** Feeds bytes to the model reader, and so to the safetensors reader and the graph's. */
public final class SafetensorsFuzzer {
  private SafetensorsFuzzer() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    Path file = FuzzInput.write("model.safetensors", input);
    FuzzInput.expectAnswer(() -> use(file));
  }

  /** A model that loads must also run, when it is small enough to. */
  private static void use(Path file) {
    try (Network net = ModelFile.load(file, Device.cpu(1))) {
      if (net.input().count() < 1 << 16 && net.plan(1).arenaBytes() < 1 << 24) {
        try (Predictor predictor = net.session(1)) {
          predictor.predict(new byte[(int) net.input().count()]);
        }
      }
    }
  }
}
