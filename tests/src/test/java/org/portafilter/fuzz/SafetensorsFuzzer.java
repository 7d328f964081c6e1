package org.portafilter.fuzz;

import java.nio.file.Path;
import java.util.Map;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.io.Safetensors;
import org.portafilter.io.StoredTensor;
import org.portafilter.nn.Network;
import org.portafilter.nn.Predictor;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Tensor;

/**
 * Feeds bytes to the model reader, and so to the safetensors reader and the graph's; and each
 * tensor to its reader.
 */
public final class SafetensorsFuzzer {
  private SafetensorsFuzzer() {}

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    Path file = FuzzInput.write("model.safetensors", input);
    FuzzInput.expectAnswer(() -> use(file));
    FuzzInput.expectAnswer(() -> readAll(file));
  }

  /** Every tensor of a file that opens is read into both types that networks compute in. */
  private static void readAll(Path file) {
    Safetensors source = Safetensors.open(file);
    for (Map.Entry<String, StoredTensor> stored : source.tensors().entrySet()) {
      long[] dims = stored.getValue().shape().stream().mapToLong(Long::longValue).toArray();
      for (DType into : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
        FuzzInput.expectAnswer(() -> read(source, stored.getKey(), Shape.of(dims), into));
      }
    }
  }

  private static void read(Safetensors source, String name, Shape shape, DType into) {
    if (shape.count() < 1 << 16) {
      try (Tensor tensor = Tensor.allocate(Device.cpu(1), shape, into)) {
        source.read(name, tensor);
      }
    }
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
