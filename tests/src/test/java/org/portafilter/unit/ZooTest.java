package org.portafilter.unit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.portafilter.graph.Conv2dOp;
import org.portafilter.graph.MatMulOp;
import org.portafilter.nn.Architecture;
import org.portafilter.nn.Scope;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.zoo.CifarResNet;

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
    var refused = assertThrows(IllegalArgumentException.class, () -> CifarResNet.of(depth, 10));
    assertTrue(refused.getMessage().contains("6n + 2"), refused.getMessage());
    assertTrue(refused.getMessage().endsWith("not " + depth), refused.getMessage());
  }

  private static long layers(Architecture net) {
    return net.graph().nodes().stream()
        .filter(node -> node.op() instanceof Conv2dOp || node.op() instanceof MatMulOp)
        .count();
  }
}
