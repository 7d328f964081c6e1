package org.portafilter.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Node;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.Value;
import org.portafilter.nn.Architecture;
import org.portafilter.nn.Network;
import org.portafilter.nn.Scope;
import org.portafilter.shape.Shape;

/**
 * A network of the zoo in PyTorch 2.10, called from Java through its own presets: our graph, node
 * by node, in PyTorch's operators, with its autograd and its SGD. The images are floats scaled in
 * advance; nothing of its input is timed.
 */
final class TorchNet implements Contender {
  private final boolean channelsLast;
  private final boolean training;
  private final Graph graph;
  private final Map<String, Tensor> state = new LinkedHashMap<>();
  private final Tensor images;
  private final Tensor labels;
  private final SGD sgd;

  TorchNet(Row work, int threads, boolean channelsLast) {
    torch.set_num_threads(threads);
    String name = work.kind();
    this.channelsLast = channelsLast;
    this.training = work.isTraining();
    Architecture architecture = Nets.architecture(name);
    this.graph = architecture.graph();
    Map<String, float[]> values = Nets.values(name);
    TensorVector trained = new TensorVector();
    for (Map.Entry<String, Scope.Declared> entry : architecture.declared().entrySet()) {
      Shape shape = entry.getValue().shape();
      Tensor tensor = tensor(values.get(entry.getKey()), shape);
      if (training && entry.getValue().trainable()) {
        tensor.requires_grad_(true);
        trained.push_back(tensor);
      }
      state.put(entry.getKey(), tensor);
    }
    this.images = images(name, work.batch());
    long[] classes = Arrays.stream(Nets.labels(name, work.batch())).asLongStream().toArray();
    this.labels =
        torch
            .from_blob(
                new LongPointer(classes),
                new long[] {classes.length},
                new TensorOptions(torch.ScalarType.Long))
            .clone();
    SGDOptions options = new SGDOptions(Nets.LEARNING_RATE);
    options.momentum().put(Nets.MOMENTUM);
    this.sgd = training ? new SGD(trained, options) : null;
  }

  private Tensor images(String name, int batch) {
    byte[] pixels = Nets.images(name, batch);
    PointwiseOp.Rescale rescale =
        (PointwiseOp.Rescale)
            graph.nodes().stream()
                .map(Node::op)
                .filter(PointwiseOp.Rescale.class::isInstance)
                .findFirst()
                .orElseThrow();
    float[] scaled = new float[pixels.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (float) (rescale.scale() * (pixels[i] & 255) + rescale.shift());
    }
    return tensor(scaled, Nets.image(name).prepend(batch));
  }

  private Tensor tensor(float[] values, Shape shape) {
    long[] dims = new long[shape.rank()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = shape.dim(i);
    }
    Tensor tensor = torch.from_blob(new FloatPointer(values), dims).clone();
    return channelsLast && dims.length == 4
        ? tensor.contiguous(torch.MemoryFormat.ChannelsLast)
        : tensor;
  }

  /** The graph's output; batch norms by their running statistics unless training. */
  private Tensor forward(Tensor input, boolean train) {
    Map<Value, Tensor> values = new LinkedHashMap<>();
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      List<Tensor> in = new ArrayList<>();
      node.inputs().forEach(v -> in.add(values.get(v)));
      Tensor leaf = node.isInput() ? input : state.get(node.path());
      boolean isLeaf = node.inputs().isEmpty();
      values.put(new Value(i, 0), isLeaf ? leaf : TorchOps.apply(node, in, train));
    }
    return values.get(graph.outputs().get(Network.OUTPUT));
  }

  @Override
  public void run() {
    PointerScope scope = new PointerScope();
    try {
      if (training) {
        sgd.zero_grad();
        torch.cross_entropy_loss(forward(images, true), labels).backward();
        sgd.step();
      } else {
        AutoGradMode off = new AutoGradMode(false);
        new FloatPointer(forward(images, false).contiguous().data_ptr()).get();
        off.close();
      }
    } finally {
      scope.close();
    }
  }

  @Override
  public double[] check() {
    PointerScope scope = new PointerScope();
    try {
      AutoGradMode off = new AutoGradMode(false);
      Tensor first = images.narrow(0, 0, 1).contiguous();
      Tensor logits = forward(first, false).contiguous();
      FloatPointer values = new FloatPointer(logits.data_ptr());
      double[] result = new double[Math.toIntExact(logits.numel())];
      for (int i = 0; i < result.length; i++) {
        result[i] = values.get(i);
      }
      off.close();
      return result;
    } finally {
      scope.close();
    }
  }

  @Override
  public void close() {}
}
