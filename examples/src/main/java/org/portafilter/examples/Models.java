package org.portafilter.examples;

import java.util.List;
import org.portafilter.nn.Layer;
import org.portafilter.shape.PortafilterException;
import org.portafilter.zoo.LeNet;
import org.portafilter.zoo.ResNet20;
import org.portafilter.zoo.SmallInception;

/** The networks the command line knows by name. */
final class Models {
  static final List<String> NAMES = List.of("lenet", "resnet20", "inception");

  private Models() {}

  static Layer of(String name, int classes) {
    return switch (name) {
      case "lenet" -> LeNet.of(classes);
      case "resnet20" -> ResNet20.of(classes);
      case "inception" -> SmallInception.of(classes);
      default ->
          throw new PortafilterException("unknown network '" + name + "'; choose one of " + NAMES);
    };
  }

  /** Whether a network was made for colour images. */
  static boolean wantsColour(String name) {
    return !name.equals("lenet");
  }
}
