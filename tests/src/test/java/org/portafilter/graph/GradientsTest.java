package org.portafilter.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.portafilter.io.ModelFile;
import org.portafilter.nn.GroupNorm;
import org.portafilter.nn.Layer;
import org.portafilter.nn.LayerNorm;
import org.portafilter.nn.LocalResponseNorm;
import org.portafilter.nn.Network;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.testkit.TestDevice;

/** Graphs are differentiated, cut and reshaped whatever their ops are like. */
@Tag("unit")
class GradientsTest {
  /** An op of a user's own, with many outputs. */
  private record Many(int outputs) implements Op {
    @Override
    public List<ValueType> infer(Signature in) {
      return Collections.nCopies(outputs, in.type(0));
    }

    @Override
    public void gradient(Gradient g) {
      for (int output = 0; output < outputs; output++) {
        Value dy = g.dy(output);
        if (dy != null) {
          g.accumulate(0, dy);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 5, 6, 40})
  void anOutputAnywhereHasItsGradient(int used) {
    Graph.Builder graph = new Graph.Builder();
    Value x = graph.state("x");
    Value many = graph.add("many", new Many(41), x);
    Value loss =
        graph.add(
            "loss",
            new ReduceOp.Reduce(ReduceOp.Kind.SUM, List.of(0)),
            new Value(many.node(), used));
    Map<Value, Value> gradients = Gradients.of(graph, loss, List.of(x));
    assertEquals("gradient/loss/Expand", graph.node(gradients.get(x)).path());
  }

  @Test
  void pathsThatRepeatAreNumbered() {
    Graph.Builder graph = new Graph.Builder();
    Value x = graph.input("x");
    graph.add("y#2", new PointwiseOp.Add(), x, x);
    for (String path : List.of("y", "y#3", "y#4")) {
      assertEquals(path, graph.node(graph.add("y", new PointwiseOp.Add(), x, x)).path());
    }
  }

  private static PortafilterException refusal(Op op, Shape... shapes) {
    List<ValueType> types =
        Arrays.stream(shapes).map(s -> new ValueType(s, DType.FLOAT32)).toList();
    Signature in = new Signature("cut", op.name(), types, DType.FLOAT32);
    return assertThrows(PortafilterException.class, () -> op.infer(in));
  }

  @Test
  void piecesFitTheWhole() {
    Shape whole = Shape.of(2, 6, 3);
    String axis = refusal(new MoveOp.Split(3), whole, whole).getMessage();
    assertTrue(axis.contains("an axis in [0, 3)") && axis.contains("axis 3"), axis);
    String negative = refusal(new MoveOp.Split(-1), whole, whole).getMessage();
    assertTrue(negative.contains("axis -1"), negative);
    String other =
        refusal(new MoveOp.Split(1), whole, Shape.of(2, 4, 3), Shape.of(2, 2, 9)).getMessage();
    assertTrue(other.contains("differ only along axis 1"), other);
    String none = refusal(new MoveOp.Split(0), whole).getMessage();
    assertTrue(none.contains("at least one piece"), none);
  }

  /** A norm fits images of any size; only layer norm's parameters have one. */
  @Test
  void normsHoldNoSizesOfImages() {
    List<Layer> layers = List.of(GroupNorm.of(2), LocalResponseNorm.of(3), LayerNorm.of());
    for (Layer layer : layers) {
      try (Network net = Network.create(layer, Shape.of(4, 17, 19), TestDevice.get(), 1)) {
        for (Node node : net.graph().nodes()) {
          boolean sized =
              node.op() instanceof MoveOp.Reshape shape
                  && (shape.dims().contains(17) || shape.dims().contains(19));
          assertTrue(!sized, node.toString());
        }
      }
    }
  }

  /** What only a user's jar knows goes into no file, which others could not read. */
  @Test
  void aFileHoldsNoOpOfAUsersOwn(@TempDir Path folder) {
    Path file = folder.resolve("model.safetensors");
    Layer own = (scope, x) -> scope.add("own", new Many(1), x);
    Layer trains = (scope, x) -> scope.add("clip", new PointwiseOp.ClampGrad(0, 1), x, x);
    for (Layer layer : List.of(own, trains)) {
      try (Network net = Network.create(layer, Shape.of(3), TestDevice.get(), 1)) {
        PortafilterException e =
            assertThrows(PortafilterException.class, () -> ModelFile.save(net, file));
        System.out.println(e.getMessage());
        assertTrue(e.getMessage().contains("a model file holds only ops"), e.getMessage());
        assertTrue(Files.notExists(file), "a half-written file");
      }
    }
  }

  @Test
  void aDeviceWithoutItsKernelSaysSo() {
    Layer own = (scope, x) -> scope.add("own", new Many(1), x);
    try (Network net = Network.create(own, Shape.of(3), TestDevice.get(), 1)) {
      PortafilterException e =
          assertThrows(PortafilterException.class, () -> net.session(1).close());
      System.out.println(e.getMessage());
      assertTrue(e.getMessage().contains("has no kernel for Many[outputs=1]"), e.getMessage());
    }
  }
}
