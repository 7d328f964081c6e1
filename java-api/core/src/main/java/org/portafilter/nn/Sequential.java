package org.portafilter.nn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.graph.Value;

/**
 * Layers one after another. Each is called by its kind and a number, {@code conv1}, {@code conv2},
 * {@code dense1}, unless it was given a name.
 *
 * <pre>{@code
 * Layer block = Sequential.of(Conv2d.of(64, 3).withPadding(1), BatchNorm.of(), Relu.of());
 * Layer net = Sequential.of(block).then("head", Dense.of(10));
 * }</pre>
 */
public record Sequential(List<Named> layers) implements Layer {
  /** A layer and the name it has in the path. */
  public record Named(String name, Layer layer) {}

  /** Copies the list. */
  public Sequential {
    layers = List.copyOf(layers);
  }

  /** Layers named by kind and number. */
  public static Sequential of(Layer... layers) {
    List<Named> named = new ArrayList<>();
    Map<String, Integer> counts = new HashMap<>();
    for (Layer layer : layers) {
      named.add(new Named(layer.name() + counts.merge(layer.name(), 1, Integer::sum), layer));
    }
    return new Sequential(named);
  }

  /** The same with one more layer, under a name of the caller's. */
  public Sequential then(String name, Layer layer) {
    List<Named> more = new ArrayList<>(layers);
    more.add(new Named(name, layer));
    return new Sequential(more);
  }

  @Override
  public String name() {
    return "block";
  }

  @Override
  public boolean readsBytes() {
    return !layers.isEmpty() && layers.get(0).layer().readsBytes();
  }

  @Override
  public Value apply(Scope scope, Value x) {
    for (Named named : layers) {
      x = scope.apply(named.name(), named.layer(), x);
    }
    return x;
  }
}
