package org.portafilter.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.portafilter.data.Batches;
import org.portafilter.data.DrawnDigits;
import org.portafilter.device.Device;
import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Network;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.shape.Shape;

/** What tests of whole runs begin from. */
final class Runs {
  static final Batches DIGITS = DrawnDigits.split(66, 10, 1).train().batches(20);

  private Runs() {}

  static Layer layers() {
    return Sequential.of(
        Rescale.of(1 / 255.0),
        Conv2d.of(4, 5),
        BatchNorm.of(),
        Relu.of(),
        MaxPool.of(4),
        Flatten.of(),
        Dense.of(10));
  }

  static Network network(Device device) {
    return Network.create(layers(), Shape.of(1, 28, 28), device, 1);
  }

  static Network network() {
    return network(Device.cpu());
  }

  /** All values that outlive a step, by path. */
  static Map<String, float[]> state(Network net) {
    Map<String, float[]> values = new TreeMap<>();
    net.state().entries().forEach((path, tensor) -> values.put(path, tensor.floats()));
    return values;
  }

  /** What another JVM prints that has this one's class path. */
  static String inAnotherJvm(Class<?> main, String isa, Object... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (!isa.isEmpty()) {
      command.add("-Dportafilter.isa=" + isa);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return out;
  }
}
