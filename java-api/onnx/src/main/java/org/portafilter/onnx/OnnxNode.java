package org.portafilter.onnx;

import java.util.List;
import org.portafilter.graph.Node;
import org.portafilter.graph.Op;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * A node of ours with the names its values have in the file, and its types for a batch of one.
 *
 * @param inputs one name per input
 * @param outputs one name per output
 */
record OnnxNode(
    Node node,
    List<String> inputs,
    List<ValueType> inputTypes,
    List<String> outputs,
    List<ValueType> outputTypes) {
  Op op() {
    return node.op();
  }

  /** The name of the first input. */
  String x() {
    return inputs.get(0);
  }

  /** The name of the first output. */
  String y() {
    return outputs.get(0);
  }

  /** The shape of an input, for a batch of one. */
  Shape shape(int input) {
    return inputTypes.get(input).shape();
  }

  /** What to throw where there is no form; nothing has been written yet. */
  PortafilterException noForm(String why) {
    String path = node.path().isEmpty() ? "the network's root" : node.path();
    return new PortafilterException(
        "%s: %s has no ONNX form here%s; leave it out of the network that is saved, or put its layer together from other ops"
            .formatted(path, op().describe(), why.isEmpty() ? "" : ", " + why));
  }
}
