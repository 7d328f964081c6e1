package org.portafilter.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.portafilter.device.Device;
import org.portafilter.device.Tuning;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Node;
import org.portafilter.graph.Value;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Network;
import org.portafilter.optim.Adam;
import org.portafilter.plan.MemoryReport;
import org.portafilter.plan.Plan;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.train.TrainingGraph;
import org.portafilter.zoo.Zoo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints a network's layers with output shapes and parameters, and the exact memory plan. */
@Command(
    name = "describe",
    mixinStandardHelpOptions = true,
    description = "Shows layers, shapes, parameters and the memory plan of a network.")
final class Describe implements Callable<Integer> {
  private static final String ROW = "%-34s %-22s %-16s %,14d%n";

  @Parameters(
      arity = "0..1",
      paramLabel = "NETWORK",
      description = "A network by name: lenet, resnet20, resnet50 ...")
  private @Nullable String name;

  @Option(names = "--model", paramLabel = "FILE", description = "A saved model instead of a name.")
  private @Nullable Path model;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Images per batch (${DEFAULT-VALUE}).")
  private int batch;

  @Option(names = "--kernels", description = "Also the kernel of every step, by its numerics.")
  private boolean kernels;

  @Option(
      names = "--measured",
      description = "Kernels chosen by timing here, and remembered, not by the shipped table.")
  private boolean measured;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    if ((name == null) == (model == null)) {
      throw new PortafilterException(
          "describe needs either a network's name " + Zoo.names() + " or --model FILE");
    }
    Check.requireRange("--batch", batch, 1, Check.MOST_BATCH);
    try (Network net =
        model != null ? SavedModel.load(model, Device.cpu()) : network(Zoo.named(name))) {
      net.tuning(measured ? Tuning.MEASURED : Tuning.SHIPPED);
      JsonObject report = report(net);
      if (json) {
        System.out.println(Json.pretty(report));
      } else {
        print(report);
      }
    }
    return 0;
  }

  private static Network network(Zoo zoo) {
    return Network.create(zoo.layers(10), zoo.image(), Device.cpu(), 42);
  }

  private JsonObject report(Network net) {
    JsonObject report = new JsonObject();
    report.addProperty("input", net.input().toString());
    if (net.image() != null) {
      report.addProperty("image_order", net.image().order().name());
      report.addProperty("image_fit", net.image().fit().name());
    }
    if (!net.classes().isEmpty()) {
      JsonArray classes = new JsonArray();
      net.classes().forEach(classes::add);
      report.add("classes", classes);
    }
    report.addProperty("batch", batch);
    report.addProperty("parameters", net.parameters());
    report.add("layers", layers(net));
    report.add("tensors", tensors(net));
    report.addProperty("state_bytes", net.state().bytes());
    report.add("inference", plan(net.plan(batch)));
    report.add("training", plan(trainingPlan(net)));
    report.addProperty("device", net.device().describe());
    return report;
  }

  private JsonArray layers(Network net) {
    Graph graph = net.inferenceGraph();
    List<List<ValueType>> types =
        graph.infer(net.leaves(batch, net.preferredInput()), net.working());
    JsonArray layers = new JsonArray();
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      if (node.inputs().isEmpty()) {
        continue;
      }
      long parameters = 0;
      for (Value input : node.inputs()) {
        Node source = graph.node(input);
        if (source.isState() && net.trainable().contains(source.path())) {
          parameters += net.state().get(source.path()).shape().count();
        }
      }
      JsonObject layer = new JsonObject();
      layer.addProperty("path", node.path());
      layer.addProperty("op", node.op().name());
      layer.addProperty("output", types.get(i).get(0).shape().toString());
      layer.addProperty("parameters", parameters);
      layers.add(layer);
    }
    return layers;
  }

  private static JsonArray tensors(Network net) {
    JsonArray tensors = new JsonArray();
    net.state()
        .entries()
        .forEach(
            (path, tensor) -> {
              JsonObject entry = new JsonObject();
              entry.addProperty("path", path);
              entry.addProperty("shape", tensor.shape().toString());
              entry.addProperty("dtype", tensor.dtype().toString());
              entry.addProperty("trained", net.trainable().contains(path));
              tensors.add(entry);
            });
    return tensors;
  }

  private Plan trainingPlan(Network net) {
    Adam adam = Adam.of(1e-3);
    Map<String, ValueType> leaves = net.leaves(batch, net.preferredInput());
    net.trainable()
        .forEach(path -> leaves.putAll(adam.moments(path, net.state().get(path).type())));
    leaves.put(TrainingGraph.LABELS, new ValueType(Shape.of(batch), DType.INT32));
    Graph graph = TrainingGraph.training(net, SoftmaxCrossEntropy.of(), adam);
    return Plan.compile(graph, net.device(), net.spec(leaves));
  }

  private JsonObject plan(Plan plan) {
    JsonObject json = memory(plan);
    if (kernels) {
      JsonObject steps = new JsonObject();
      plan.numericsIds().forEach(steps::addProperty);
      json.add("kernels", steps);
    }
    return json;
  }

  private static JsonObject memory(Plan plan) {
    MemoryReport memory = plan.memory();
    JsonObject json = new JsonObject();
    json.addProperty("arena_bytes", memory.arenaBytes());
    json.addProperty("unshared_bytes", memory.unsharedBytes());
    JsonArray values = new JsonArray();
    for (MemoryReport.Entry entry : memory.entries()) {
      JsonObject value = new JsonObject();
      value.addProperty("path", entry.path());
      value.addProperty("bytes", entry.bytes());
      value.addProperty("offset", entry.offset());
      value.addProperty("first_step", entry.firstStep());
      value.addProperty("last_step", entry.lastStep());
      values.add(value);
    }
    json.add("values", values);
    return json;
  }

  private static void print(JsonObject report) {
    System.out.printf(
        Locale.ROOT, "%-34s %-22s %-16s %14s%n", "layer", "op", "output", "parameters");
    report
        .getAsJsonArray("layers")
        .forEach(
            e -> {
              JsonObject layer = e.getAsJsonObject();
              System.out.printf(
                  Locale.ROOT,
                  ROW,
                  layer.get("path").getAsString(),
                  layer.get("op").getAsString(),
                  layer.get("output").getAsString(),
                  layer.get("parameters").getAsLong());
            });
    System.out.printf(Locale.ROOT, "%,d parameters%n%n", report.get("parameters").getAsLong());
    for (String kind : new String[] {"inference", "training"}) {
      JsonObject memory = report.getAsJsonObject(kind);
      System.out.printf(
          Locale.ROOT,
          "%s at batch %d: arena of %,d bytes (%,d if nothing shared memory), state of %,d bytes%n",
          kind,
          report.get("batch").getAsInt(),
          memory.get("arena_bytes").getAsLong(),
          memory.get("unshared_bytes").getAsLong(),
          report.get("state_bytes").getAsLong());
    }
    for (String kind : new String[] {"inference", "training"}) {
      JsonObject steps = report.getAsJsonObject(kind).getAsJsonObject("kernels");
      if (steps != null) {
        System.out.printf(Locale.ROOT, "%nkernels of %s%n", kind);
        steps
            .entrySet()
            .forEach(
                e ->
                    System.out.printf(
                        Locale.ROOT, "  %-60s %s%n", e.getKey(), e.getValue().getAsString()));
      }
    }
    if (report.has("classes")) {
      List<String> names =
          report.getAsJsonArray("classes").asList().stream().map(e -> e.getAsString()).toList();
      System.out.printf(Locale.ROOT, "%nclasses %s%n", names);
    }
    if (report.has("image_order")) {
      System.out.printf(
          Locale.ROOT,
          "images %s %s, fit %s%n",
          report.get("input").getAsString(),
          report.get("image_order").getAsString(),
          report.get("image_fit").getAsString());
    }
    System.out.printf(Locale.ROOT, "%n%s%n", report.get("device").getAsString());
  }
}
