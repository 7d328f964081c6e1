package org.portafilter.cli;

import java.util.List;
import org.portafilter.nn.Layer;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.zoo.AlexNet;
import org.portafilter.zoo.AllConvNet;
import org.portafilter.zoo.CifarResNet;
import org.portafilter.zoo.GoogLeNet;
import org.portafilter.zoo.LeNet;
import org.portafilter.zoo.MobileNetV1;
import org.portafilter.zoo.NetworkInNetwork;
import org.portafilter.zoo.ResNet18;
import org.portafilter.zoo.ResNet50;
import org.portafilter.zoo.SmallInception;
import org.portafilter.zoo.Vgg16;
import org.portafilter.zoo.ZfNet;

/** The networks the command line knows by name. */
final class Models {
  static final List<String> NAMES =
      List.of(
          "lenet",
          "resnet20",
          "resnet32",
          "resnet44",
          "resnet56",
          "resnet110",
          "inception",
          "resnet18",
          "resnet50",
          "vgg16",
          "googlenet",
          "mobilenet",
          "alexnet",
          "zfnet",
          "nin",
          "allconv");

  private Models() {}

  static Layer of(String name, int classes) {
    return switch (name) {
      case "lenet" -> LeNet.of(classes);
      case "resnet20" -> CifarResNet.of(20, classes);
      case "resnet32" -> CifarResNet.of(32, classes);
      case "resnet44" -> CifarResNet.of(44, classes);
      case "resnet56" -> CifarResNet.of(56, classes);
      case "resnet110" -> CifarResNet.of(110, classes);
      case "inception" -> SmallInception.of(classes);
      case "resnet18" -> ResNet18.of(classes);
      case "resnet50" -> ResNet50.of(classes);
      case "vgg16" -> Vgg16.of(classes);
      case "googlenet" -> GoogLeNet.of(classes);
      case "mobilenet" -> MobileNetV1.of(classes);
      case "alexnet" -> AlexNet.of(classes);
      case "zfnet" -> ZfNet.of(classes);
      case "nin" -> NetworkInNetwork.of(classes);
      case "allconv" -> AllConvNet.of(classes);
      default ->
          throw new PortafilterException("unknown network '" + name + "'; choose one of " + NAMES);
    };
  }

  /** The images a network was made for. */
  static Shape image(String name) {
    return switch (name) {
      case "lenet" -> Shape.of(1, 28, 28);
      case "resnet20", "resnet32", "resnet44", "resnet56", "resnet110" -> Shape.of(3, 32, 32);
      case "inception", "nin", "allconv" -> Shape.of(3, 32, 32);
      case "alexnet" -> Shape.of(3, 227, 227);
      default -> Shape.of(3, 224, 224);
    };
  }

  /** Whether a network was made for colour images. */
  static boolean wantsColour(String name) {
    return !name.equals("lenet");
  }
}
