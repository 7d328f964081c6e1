package org.portafilter.train;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.portafilter.device.CacheFolder;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Node;
import org.portafilter.graph.Op;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.Value;

/**
 * What a training computes, from its graph: losses, clippings and optimizers are functions that add
 * to it, so it tells them apart where they have no name. Left out are learning rates, which may
 * change, and what only guards numbers or scales them for one precision.
 *
 * @param digest SHA-256 of every op with its attributes and inputs
 * @param rateScales what single parameters' rates are multiplied by, where that is not 1
 */
record Fingerprint(String digest, Map<String, Double> rateScales) {
  static Fingerprint of(Graph graph) {
    StringBuilder text = new StringBuilder();
    Map<String, Double> scales = new TreeMap<>();
    Map<Value, String> names = new HashMap<>();
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      Op op = node.op();
      if (op.isGuard()) {
        names.put(new Value(i, 0), name(graph, names, node.inputs().get(0)));
        continue;
      }
      if (op instanceof UpdateOp update) {
        scales.put(node.path(), update.rateScale());
        op = update.withRateScale(1);
      }
      text.append(node.path()).append(' ').append(Words.of(op).text());
      node.inputs().forEach(input -> text.append(' ').append(name(graph, names, input)));
      text.append('\n');
    }
    graph
        .updates()
        .forEach(
            update ->
                text.append(update.path())
                    .append(" <- ")
                    .append(name(graph, names, update.value()))
                    .append('\n'));
    scales.values().removeIf(scale -> scale == 1);
    String digest = CacheFolder.nameOf(text.toString().getBytes(StandardCharsets.UTF_8));
    return new Fingerprint(digest, scales);
  }

  private static String name(Graph graph, Map<Value, String> names, Value value) {
    String known = names.get(value);
    return known != null ? known : graph.node(value).path() + ":" + value.output();
  }
}
