package org.portafilter.zoo;

import java.util.List;
import java.util.function.IntFunction;
import org.portafilter.nn.Layer;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;

/**
 * A network of the zoo by name: the one list that the command line, the benchmarks and the tests
 * share.
 *
 * <pre>{@code
 * Zoo zoo = Zoo.named("resnet20");
 * Network net = Network.create(zoo.layers(10), zoo.image(), Device.cpu(), 42);
 * }</pre>
 *
 * @param name what the command line calls it
 * @param image the images it was made for, C x H x W
 * @param ofClasses its layers, for a number of classes
 */
public record Zoo(String name, Shape image, IntFunction<Layer> ofClasses) {
  private static final Shape DIGIT = Shape.of(1, 28, 28);
  private static final Shape SMALL = Shape.of(3, 32, 32);
  private static final Shape PHOTO = Shape.of(3, 224, 224);

  private static final List<Zoo> ALL =
      List.of(
          new Zoo("lenet", DIGIT, LeNet::of),
          small(20),
          small(32),
          small(44),
          small(56),
          small(110),
          new Zoo("inception", SMALL, SmallInception::of),
          new Zoo("resnet18", PHOTO, ResNet18::of),
          new Zoo("resnet50", PHOTO, ResNet50::of),
          new Zoo("vgg16", PHOTO, Vgg16::of),
          new Zoo("googlenet", PHOTO, GoogLeNet::of),
          new Zoo("mobilenet", PHOTO, MobileNetV1::of),
          new Zoo("squeezenet", PHOTO, SqueezeNet::of),
          new Zoo("alexnet", Shape.of(3, 227, 227), AlexNet::of),
          new Zoo("zfnet", PHOTO, ZfNet::of),
          new Zoo("nin", SMALL, NetworkInNetwork::of),
          new Zoo("allconv", SMALL, AllConvNet::of));

  private static Zoo small(int depth) {
    return new Zoo("resnet" + depth, SMALL, classes -> CifarResNet.of(depth, classes));
  }

  /** All of them, the best known first. */
  public static List<Zoo> all() {
    return ALL;
  }

  /** Their names, in the same order. */
  public static List<String> names() {
    return ALL.stream().map(Zoo::name).toList();
  }

  /**
   * The network of this name.
   *
   * @throws PortafilterException when there is none; the message lists the names
   */
  public static Zoo named(String name) {
    return ALL.stream()
        .filter(zoo -> zoo.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new PortafilterException(
                    "unknown network '" + name + "'; choose one of " + names()));
  }

  /** Its layers, for so many classes. */
  public Layer layers(int classes) {
    return ofClasses.apply(classes);
  }

  /** Whether it was made for colour images. */
  public boolean isForColour() {
    return image.dim(0) == 3;
  }
}
