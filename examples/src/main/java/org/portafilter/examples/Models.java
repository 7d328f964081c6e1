package org.portafilter.examples;

import java.util.List;
import org.portafilter.nn.Layer;
import org.portafilter.shape.PortafilterException;
import org.portafilter.zoo.LeNet;
import org.portafilter.zoo.ResNet20;

/** The networks the command line knows by name. */
final class Models {
  static final List<String> NAMES = List.of("lenet", "resnet20");

  private Models() {}

  static Layer of(String name, int classes) {
    return switch (name) {
      case "lenet" -> LeNet.of(classes);
      case "resnet20" -> ResNet20.of(classes);
      default ->
          throw new PortafilterException("unknown network '" + name + "'; choose one of " + NAMES);
    };
  }
}
