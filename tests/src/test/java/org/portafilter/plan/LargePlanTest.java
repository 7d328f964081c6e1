package org.portafilter.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.graph.Activation;
import org.portafilter.graph.Graph;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.TestDevice;

/** Planning time grows with the nodes, not with their square. */
@Tag("plan")
class LargePlanTest {
  private static double seconds(int nodes) {
    Graph.Builder graph = new Graph.Builder();
    Value first = graph.input("x");
    Value value = first;
    for (int i = 0; i < nodes / 2; i++) {
      Value bent = graph.add("bent", new PointwiseOp.Activate(Activation.TANH), value);
      value = graph.add("sum", new PointwiseOp.Add(), bent, i % 3 == 0 ? first : value);
    }
    graph.name("y", value);
    Spec spec = Spec.of(Map.of("x", new ValueType(Shape.of(4, 8), DType.FLOAT32)));
    long start = System.nanoTime();
    Plan plan = Plan.compile(graph.build(), TestDevice.get(), spec);
    double seconds = (System.nanoTime() - start) * 1e-9;
    assertEquals(nodes, plan.steps().size());
    return seconds;
  }

  @Test
  void eightTimesTheNodesTakeLittleMoreThanEightTimesAsLong() {
    seconds(2_000);
    double small = Math.min(seconds(2_000), seconds(2_000));
    double large = Math.min(seconds(16_000), seconds(16_000));
    System.out.printf("planning 2,000 nodes %.3f s, 16,000 nodes %.3f s%n", small, large);
    assertTrue(large < 24 * small + 0.5, large + " s against " + small + " s");
  }
}
