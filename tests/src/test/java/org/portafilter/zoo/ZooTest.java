package org.portafilter.zoo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.ProductOp;
import org.portafilter.graph.Value;
import org.portafilter.nn.Architecture;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Network;
import org.portafilter.nn.Scope;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/** Architectures against their papers. */
@Tag("unit")
class ZooTest {
  /** Two projections where the size changes, which the paper's count leaves out. */
  private static final int PROJECTIONS = 2;

  private static Architecture small(int depth) {
    return Architecture.of(CifarResNet.of(depth, 10), Shape.of(3, 32, 32), DType.FLOAT32);
  }

  /** He et al. 2015, table 6: millions of parameters at each depth. */
  @ParameterizedTest
  @CsvSource({"20, 0.27", "32, 0.46", "44, 0.66", "56, 0.85", "110, 1.7"})
  void smallResidualNetworksHaveTheirDepthAndSize(int depth, double millions) {
    Architecture net = small(depth);
    assertEquals(depth + PROJECTIONS, layers(net));
    long parameters =
        net.declared().values().stream()
            .filter(Scope.Declared::trainable)
            .mapToLong(entry -> entry.shape().count())
            .sum();
    assertEquals(millions, parameters * 1e-6, 0.05 * millions);
  }

  @ParameterizedTest
  @ValueSource(ints = {-4, 0, 2, 18, 21, 52})
  void otherDepthsAreRefused(int depth) {
    var refused = assertThrows(PortafilterException.class, () -> CifarResNet.of(depth, 10));
    assertTrue(refused.getMessage().contains("6n + 2"), refused.getMessage());
    assertTrue(refused.getMessage().endsWith("not " + depth), refused.getMessage());
  }

  static Stream<Arguments> architectures() {
    return Stream.of(
        Arguments.of(AlexNet.of(1000), Shape.of(3, 227, 227), 8, 60_965_224L),
        Arguments.of(ZfNet.of(1000), Shape.of(3, 224, 224), 8, 62_357_608L),
        Arguments.of(Vgg16.of(1000), Shape.of(3, 224, 224), 16, 138_357_544L),
        Arguments.of(SqueezeNet.of(1000), Shape.of(3, 224, 224), 26, 1_235_496L),
        Arguments.of(NetworkInNetwork.of(10), Shape.of(3, 32, 32), 9, 966_986L),
        Arguments.of(AllConvNet.of(10), Shape.of(3, 32, 32), 9, 1_369_738L));
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void networksHaveTheLayersAndParametersOfTheirPapers(
      Layer layer, Shape image, int layers, long parameters) {
    Architecture net = Architecture.of(layer, image, DType.FLOAT32);
    assertEquals(layers, layers(net));
    long counted =
        net.declared().values().stream()
            .filter(Scope.Declared::trainable)
            .mapToLong(entry -> entry.shape().count())
            .sum();
    assertEquals(parameters, counted);
  }

  static Stream<Zoo> zoo() {
    return Zoo.all().stream();
  }

  /** Each network of the list takes its images and tells its classes apart. */
  @ParameterizedTest
  @MethodSource("zoo")
  void theListIsRight(Zoo zoo) {
    Architecture net = Architecture.of(zoo.layers(7), zoo.image(), DType.FLOAT32);
    Map<String, ValueType> leaves = new HashMap<>();
    leaves.put(Network.INPUT, new ValueType(zoo.image().prepend(2), DType.UINT8));
    net.declared()
        .forEach((path, entry) -> leaves.put(path, new ValueType(entry.shape(), DType.FLOAT32)));
    List<List<ValueType>> types = net.graph().infer(leaves, DType.FLOAT32);
    Value output = net.graph().output(Network.OUTPUT);
    assertEquals(Shape.of(2, 7), types.get(output.node()).get(output.output()).shape());
    assertEquals(zoo, Zoo.named(zoo.name()));
    var refused = assertThrows(PortafilterException.class, () -> Zoo.named("resnet21"));
    assertTrue(refused.getMessage().contains(zoo.name()), refused.getMessage());
  }

  @Test
  void thePatternFollowsItsNumbers() {
    // 2 x [2 x [conv, relu], pool], one dense layer: 8 -> 8, pool, 16 -> 16, pool, 7 x 7 x 16.
    Layer net = ConvPattern.of(5).withBlocks(2, 2).withChannels(8).withDense(1, 20);
    Architecture built = Architecture.of(net, Shape.of(1, 28, 28), DType.FLOAT32);
    assertEquals(6, layers(built));
    assertEquals(Shape.of(16, 16, 3, 3), built.declared().get("block2/conv2/weights").shape());
    assertEquals(Shape.of(20, 7 * 7 * 16), built.declared().get("dense1/weights").shape());
    assertEquals(Shape.of(5, 20), built.declared().get("head/weights").shape());
    Architecture flat =
        Architecture.of(
            ConvPattern.of(5).withBlocks(1, 2).withPools(false).withChannels(4),
            Shape.of(1, 6, 6),
            DType.FLOAT32);
    assertEquals(Shape.of(5, 36 * 4), flat.declared().get("head/weights").shape());
    assertThrows(PortafilterException.class, () -> ConvPattern.of(0));
  }

  private static long layers(Architecture net) {
    return net.graph().nodes().stream()
        .filter(
            node -> node.op() instanceof ConvOp.Forward || node.op() instanceof ProductOp.MatMul)
        .count();
  }
}
