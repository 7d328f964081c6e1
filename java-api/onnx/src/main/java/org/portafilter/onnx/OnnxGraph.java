package org.portafilter.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Node;
import org.portafilter.graph.Value;
import org.portafilter.nn.Network;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.tensor.Tensor;

/** The model of a network: its inference graph, its state as initializers. */
final class OnnxGraph {
  private static final int IR_VERSION = 8;

  private final Network net;
  private final DType inputType;
  private final Graph graph;
  private final List<List<ValueType>> types;
  private final OnnxBuilder to;
  private final Map<Value, String> names = new HashMap<>();

  private OnnxGraph(Network net, DType inputType) {
    this.net = net;
    this.inputType = inputType;
    this.graph = net.inferenceGraph();
    this.types = graph.infer(net.leaves(1, inputType), net.working());
    this.to = new OnnxBuilder(net.working());
  }

  static ModelProto of(Network net, DType inputType) {
    return new OnnxGraph(net, inputType).model();
  }

  private ModelProto model() {
    to.graph().addInput(describe(to.name(Network.INPUT), inputType, net.input(), inputs()));
    nameOutput();
    nameState();
    OnnxNodes nodes = new OnnxNodes(to);
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      if (node.isInput()) {
        names.put(new Value(i, 0), Network.INPUT);
      } else if (node.isState()) {
        Tensor tensor = net.state().get(node.path());
        to.numbers(names.get(new Value(i, 0)), dims(tensor.shape()), tensor.doubles());
      } else {
        nodes.add(node(i));
      }
    }
    Value output = graph.output(Network.OUTPUT);
    if (!names.get(output).equals(Network.OUTPUT)) {
      to.put("Identity", Network.OUTPUT, List.of(names.get(output)));
    }
    to.graph().addOutput(describe(Network.OUTPUT, net.working(), net.output(), ""));
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .setProducerName("portafilter")
        .setDocString(inputs())
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OnnxFile.OPSET))
        .addMetadataProps(
            StringStringEntryProto.newBuilder().setKey(OnnxFile.INPUTS_KEY).setValue(inputTypes()))
        .setGraph(to.graph())
        .build();
  }

  /** A computed output has the name of the network's own; a leaf keeps its name and is copied. */
  private void nameOutput() {
    to.name(Network.OUTPUT);
    Value output = graph.output(Network.OUTPUT);
    Node node = graph.node(output);
    if (!node.isInput() && !node.isState()) {
      names.put(output, Network.OUTPUT);
    }
  }

  /** Parameters keep their paths before any value that is computed is named. */
  private void nameState() {
    graph.states().forEach((path, value) -> names.put(value, to.name(path)));
  }

  private OnnxNode node(int index) {
    Node node = graph.nodes().get(index);
    List<String> inputs = new ArrayList<>();
    List<ValueType> inputTypes = new ArrayList<>();
    for (Value input : node.inputs()) {
      inputs.add(names.get(input));
      inputTypes.add(types.get(input.node()).get(input.output()));
    }
    List<String> outputs = new ArrayList<>();
    for (int i = 0; i < types.get(index).size(); i++) {
      String suffix = i == 0 ? "" : ":" + i;
      outputs.add(names.computeIfAbsent(new Value(index, i), v -> to.name(wish(node) + suffix)));
    }
    OnnxNode one = new OnnxNode(node, inputs, inputTypes, outputs, types.get(index));
    int pieces = node.op().piecesOutput();
    if (pieces >= 0 && isRead(new Value(index, pieces))) {
      throw one.noForm("where its positions are read");
    }
    return one;
  }

  /** A value's name is the path of its node; at a network's root there may be none. */
  private static String wish(Node node) {
    return node.path().isEmpty() ? node.op().name() : node.path();
  }

  private boolean isRead(Value value) {
    return graph.outputs().containsValue(value)
        || graph.nodes().stream().anyMatch(node -> node.inputs().contains(value));
  }

  private String inputTypes() {
    Stream<DType> others = net.inputTypes().stream().filter(type -> type != inputType);
    return Stream.concat(Stream.of(inputType), others)
        .map(DType::name)
        .collect(Collectors.joining(","));
  }

  /** What the input takes, in words. */
  private String inputs() {
    String shape =
        LongStream.of(net.input().dims())
            .mapToObj(Long::toString)
            .collect(Collectors.joining(" x "));
    String others =
        net.inputTypes().stream()
            .filter(type -> type != inputType)
            .map(type -> ", or in a file saved for it " + type)
            .collect(Collectors.joining());
    String range = net.inputTypes().contains(DType.UINT8) ? "; bytes count 0 to 255" : "";
    return "input: N x %s of %s%s%s".formatted(shape, inputType, others, range);
  }

  private static List<Long> dims(Shape shape) {
    return LongStream.of(shape.dims()).boxed().toList();
  }

  private static ValueInfoProto describe(String name, DType dtype, Shape one, String text) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("N"));
    for (long dim : one.dims()) {
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dim));
    }
    TypeProto.Tensor tensor =
        TypeProto.Tensor.newBuilder().setElemType(OnnxBuilder.code(dtype)).setShape(shape).build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .setDocString(text)
        .build();
  }
}
