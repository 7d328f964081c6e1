package org.portafilter.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.portafilter.nn.Network;

/** What the ONNX specification asks of every file, beyond what a runtime happens to look at. */
final class OnnxStructure {
  private OnnxStructure() {}

  /** Throws unless names are single and not empty, and every value is defined before its use. */
  static ModelProto check(Path file) throws IOException {
    ModelProto model = ModelProto.parseFrom(Files.readAllBytes(file));
    assertTrue(model.getIrVersion() >= 8, "IR version");
    assertEquals(1, model.getOpsetImportCount(), "operator sets");
    assertEquals("", model.getOpsetImport(0).getDomain());
    assertEquals(OnnxFile.OPSET, model.getOpsetImport(0).getVersion());
    GraphProto graph = model.getGraph();
    assertFalse(graph.getName().isEmpty(), "the graph's name");
    Set<String> known = new HashSet<>();
    graph.getInputList().forEach(input -> define(known, input.getName()));
    graph.getInitializerList().forEach(tensor -> initializer(known, tensor));
    Set<String> nodes = new HashSet<>();
    for (NodeProto node : graph.getNodeList()) {
      define(nodes, node.getName());
      assertFalse(node.getOpType().isEmpty(), node.getName());
      for (String input : node.getInputList()) {
        assertTrue(known.contains(input), node.getName() + " reads '" + input + "'");
      }
      node.getOutputList().forEach(output -> define(known, output));
    }
    assertEquals(1, graph.getInputCount());
    assertEquals(Network.INPUT, graph.getInput(0).getName());
    assertEquals(1, graph.getOutputCount());
    assertEquals(Network.OUTPUT, graph.getOutput(0).getName());
    assertTrue(known.contains(Network.OUTPUT), "the output is computed");
    return model;
  }

  private static void define(Set<String> known, String name) {
    assertFalse(name.isEmpty(), "an empty name");
    assertTrue(known.add(name), "'" + name + "' is defined twice");
  }

  private static void initializer(Set<String> known, TensorProto tensor) {
    define(known, tensor.getName());
    assertNotEquals(0, tensor.getDataType(), tensor.getName() + " has no type");
    long count = tensor.getDimsList().stream().reduce(1L, (a, b) -> a * b);
    int bytes = tensor.getDataType() == TensorProto.DataType.FLOAT_VALUE ? 4 : 8;
    long held =
        tensor.getRawData().size() / bytes
            + tensor.getFloatDataCount()
            + tensor.getDoubleDataCount()
            + tensor.getInt64DataCount();
    assertEquals(count, held, tensor.getName() + " of " + tensor.getDimsList());
  }
}
