package org.portafilter.nn;

import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Value;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;

/**
 * What a layer computes, without a device or values: its graph, with one input and one output, and
 * the state entries it declares, by path.
 *
 * @param graph its input is called {@link Network#INPUT}, its output {@link Network#OUTPUT}
 * @param input shape of one image, C x H x W, or of one row of features
 * @param declared parameters and statistics, in the order of the layers
 */
public record Architecture(Graph graph, Shape input, Map<String, Scope.Declared> declared) {
  /** Builds a layer's graph for inputs of this shape. */
  public static Architecture of(Layer layer, Shape input, DType working) {
    Graph.Builder graph = new Graph.Builder();
    Value x = graph.input(Network.INPUT);
    ValueType one = new ValueType(input.prepend(1), layer.readsBytes() ? DType.UINT8 : working);
    Scope scope = Scope.root(graph, Map.of(Network.INPUT, one), working);
    graph.name(Network.OUTPUT, layer.apply(scope, x));
    return new Architecture(graph.build(), input, scope.declared());
  }
}
