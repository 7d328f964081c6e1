package org.portafilter.benchmarks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.DropoutOp;
import org.portafilter.graph.Graph;
import org.portafilter.graph.MoveOp;
import org.portafilter.graph.Node;
import org.portafilter.graph.NormOp;
import org.portafilter.graph.Op;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.PoolOp;
import org.portafilter.graph.ProductOp;
import org.portafilter.graph.ReduceOp;
import org.portafilter.graph.Value;
import org.portafilter.nn.Architecture;
import org.portafilter.nn.Network;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;

/**
 * A network of the zoo in DL4J: our graph, node by node, as its layers. Images are floats scaled in
 * advance; nothing of its input is timed. It trains with its own momentum, which is Nesterov's;
 * LeNet with Adam.
 */
final class Dl4jNet implements Contender {
  private final Row work;

  /**
   * Ops that DL4J does elsewhere: pixels are scaled in advance, and layers flatten for themselves.
   */
  private static final Set<Class<?>> PASSED_BY =
      Set.of(PointwiseOp.Rescale.class, MoveOp.Reshape.class);

  private static final Map<Class<?>, GraphVertex> JOINS =
      Map.of(
          PointwiseOp.Add.class, new ElementWiseVertex(ElementWiseVertex.Op.Add),
          MoveOp.Concat.class, new MergeVertex());

  private final Graph graph;
  private final Map<Value, ValueType> types = new HashMap<>();

  /** The layer that makes a value, by name. */
  private final Map<Value, String> made = new HashMap<>();

  /** What goes into layers before they run: layer, parameter, values in DL4J's order. */
  private final Map<String, Map<String, INDArray>> parameters = new LinkedHashMap<>();

  private final Map<Class<? extends Op>, Maker<? extends Op>> makers = new HashMap<>();

  private final ComputationGraph net;
  private final INDArray images;
  private final DataSet batch;
  private String logits = "";

  Dl4jNet(Row work) {
    this.work = work;
    String name = work.kind();
    boolean lenet = name.equals("lenet");
    Architecture architecture =
        lenet
            ? Architecture.of(LeNetData.layers(), Nets.image(name), DType.FLOAT32)
            : Nets.architecture(name);
    this.graph = architecture.graph();
    putMakers();
    infer(architecture, name);
    this.net =
        new ComputationGraph(configure(lenet ? LeNetData.values() : Nets.values(name)).build());
    net.init();
    parameters.forEach(
        (layer, values) ->
            values.forEach((key, value) -> net.getLayer(layer).setParam(key, value)));
    this.images = images(name);
    INDArray labels = Nd4j.zeros(work.batch(), Nets.classes(name));
    int[] classes = Nets.labels(name, work.batch());
    for (int i = 0; i < classes.length; i++) {
      labels.putScalar(i, classes[i], 1);
    }
    this.batch = new DataSet(images, labels);
  }

  /** The shapes of one image's values: DL4J wants channels stated. */
  private void infer(Architecture architecture, String name) {
    Map<String, ValueType> leaves = new HashMap<>();
    leaves.put(Network.INPUT, new ValueType(Nets.image(name).prepend(1), DType.UINT8));
    architecture
        .declared()
        .forEach((path, entry) -> leaves.put(path, new ValueType(entry.shape(), DType.FLOAT32)));
    List<List<ValueType>> inferred = graph.infer(leaves, DType.FLOAT32);
    for (int node = 0; node < inferred.size(); node++) {
      for (int output = 0; output < inferred.get(node).size(); output++) {
        types.put(new Value(node, output), inferred.get(node).get(output));
      }
    }
  }

  private GraphBuilder configure(Map<String, float[]> values) {
    IUpdater updater =
        work.kind().equals("lenet")
            ? new Adam(LeNetData.LEARNING_RATE)
            : new Nesterovs(Nets.LEARNING_RATE, Nets.MOMENTUM);
    GraphBuilder builder =
        new NeuralNetConfiguration.Builder()
            .seed(1)
            .updater(updater)
            .convolutionMode(ConvolutionMode.Truncate)
            .graphBuilder()
            .addInputs(Network.INPUT);
    for (int i = 0; i < graph.nodes().size(); i++) {
      add(builder, graph.nodes().get(i), new Value(i, 0), values);
    }
    logits = made.get(graph.outputs().get(Network.OUTPUT));
    return builder
        .addLayer(
            "loss",
            new LossLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .activation(Activation.SOFTMAX)
                .build(),
            logits)
        .setOutputs("loss");
  }

  private void add(GraphBuilder builder, Node node, Value out, Map<String, float[]> values) {
    String path = node.path().replace('/', '_') + "_" + out.node();
    List<String> inputs = new ArrayList<>();
    for (Value input : node.inputs()) {
      if (made.containsKey(input)) {
        inputs.add(made.get(input));
      }
    }
    if (node.isInput()) {
      made.put(out, Network.INPUT);
    } else if (PASSED_BY.contains(node.op().getClass())) {
      made.put(out, inputs.get(0));
    } else if (!node.inputs().isEmpty()) {
      made.put(out, path);
      GraphVertex vertex = JOINS.get(node.op().getClass());
      if (vertex != null) {
        builder.addVertex(path, vertex.clone(), inputs.toArray(String[]::new));
      } else {
        builder.addLayer(path, layer(node, path, values), inputs.get(0));
        flatten(builder, node.inputs().get(0), path);
      }
    }
  }

  /** What reads a flattened image is told its shape. */
  private void flatten(GraphBuilder builder, Value from, String path) {
    if (graph.node(from).op() instanceof MoveOp.Reshape) {
      Shape image = types.get(graph.node(from).inputs().get(0)).shape();
      builder.inputPreProcessor(
          path, new CnnToFeedForwardPreProcessor(image.dim(2), image.dim(3), image.dim(1)));
    }
  }

  /** Makes the layer of an op; its parameters are kept for it under its path. */
  private interface Maker<T extends Op> {
    Layer make(T op, Node node, String path, Map<String, float[]> values);
  }

  private <T extends Op> void put(Class<T> type, Maker<T> maker) {
    makers.put(type, maker);
  }

  private void putMakers() {
    put(ConvOp.Forward.class, (op, node, path, values) -> convolution(node, op, path, values));
    put(ProductOp.MatMul.class, this::product);
    put(NormOp.Training.class, this::norm);
    put(
        PointwiseOp.Activate.class,
        (op, node, path, values) ->
            new ActivationLayer.Builder().activation(Activation.RELU).build());
    put(PoolOp.Max.class, (op, node, path, values) -> pool(op.window()));
    put(
        ReduceOp.Reduce.class,
        (op, node, path, values) -> new GlobalPoolingLayer.Builder(PoolingType.AVG).build());
    put(
        DropoutOp.class,
        (op, node, path, values) -> new DropoutLayer.Builder(1 - op.rate()).build());
  }

  @SuppressWarnings("unchecked")
  private Layer layer(Node node, String path, Map<String, float[]> values) {
    Maker<Op> maker = (Maker<Op>) makers.get(node.op().getClass());
    if (maker == null) {
      throw new IllegalArgumentException("no layer for " + node.path());
    }
    return maker.make(node.op(), node, path, values);
  }

  private Layer product(ProductOp.MatMul op, Node node, String path, Map<String, float[]> values) {
    Shape weights = types.get(node.inputs().get(1)).shape();
    INDArray w = parameter(node, 1, values);
    keep(path, "W", op.transposeB() ? w.transpose().dup() : w);
    if (op.bias()) {
      keep(path, "b", parameter(node, 2, values).reshape(1, -1));
    }
    return new DenseLayer.Builder()
        .nIn(weights.dim(op.transposeB() ? 1 : 0))
        .nOut(weights.dim(op.transposeB() ? 0 : 1))
        .hasBias(op.bias())
        .activation(Activation.IDENTITY)
        .build();
  }

  private Layer norm(NormOp.Training op, Node node, String path, Map<String, float[]> values) {
    List<String> keys = List.of("gamma", "beta", "mean", "var");
    for (int i = 0; i < keys.size(); i++) {
      keep(path, keys.get(i), parameter(node, i + 1, values).reshape(1, -1));
    }
    long channels = types.get(node.inputs().get(1)).shape().count();
    return new BatchNormalization.Builder()
        .nIn(channels)
        .nOut(channels)
        .eps(op.epsilon())
        .decay(1 - op.momentum())
        .useLogStd(false)
        .build();
  }

  private static Layer pool(Window w) {
    return new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
        .kernelSize(w.kernelHeight(), w.kernelWidth())
        .stride(w.strideHeight(), w.strideWidth())
        .padding(w.padTop(), w.padLeft())
        .build();
  }

  private Layer convolution(
      Node node, ConvOp.Forward op, String path, Map<String, float[]> values) {
    Window w = op.window();
    int[] kernel = {w.kernelHeight(), w.kernelWidth()};
    int[] stride = {w.strideHeight(), w.strideWidth()};
    int[] padding = {w.padTop(), w.padLeft()};
    INDArray weights = parameter(node, 1, values);
    Shape shape = types.get(node.inputs().get(1)).shape();
    if (op.bias()) {
      keep(path, "b", parameter(node, 2, values).reshape(1, -1));
    }
    if (op.groups() > 1) {
      keep(path, "W", weights.permute(2, 3, 0, 1).dup());
      return new DepthwiseConvolution2D.Builder(kernel, stride, padding)
          .nIn(op.groups())
          .nOut(op.groups())
          .depthMultiplier(1)
          .hasBias(op.bias())
          .activation(Activation.IDENTITY)
          .build();
    }
    keep(path, "W", weights);
    return new ConvolutionLayer.Builder(kernel, stride, padding)
        .nIn(shape.dim(1))
        .nOut(shape.dim(0))
        .hasBias(op.bias())
        .activation(Activation.IDENTITY)
        .build();
  }

  private INDArray parameter(Node node, int input, Map<String, float[]> values) {
    Value value = node.inputs().get(input);
    return Nd4j.createFromArray(values.get(graph.node(value).path()))
        .reshape('c', dims(types.get(value).shape()));
  }

  private void keep(String layer, String key, INDArray values) {
    parameters.computeIfAbsent(layer, k -> new LinkedHashMap<>()).put(key, values);
  }

  private static long[] dims(Shape shape) {
    long[] dims = new long[shape.rank()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = shape.dim(i);
    }
    return dims;
  }

  private INDArray images(String name) {
    PointwiseOp.Rescale rescale =
        (PointwiseOp.Rescale)
            graph.nodes().stream()
                .map(Node::op)
                .filter(PointwiseOp.Rescale.class::isInstance)
                .findFirst()
                .orElseThrow();
    byte[] pixels = Nets.images(name, work.batch());
    float[] scaled = new float[pixels.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (float) (rescale.scale() * (pixels[i] & 255) + rescale.shift());
    }
    return Nd4j.createFromArray(scaled).reshape('c', dims(Nets.image(name).prepend(work.batch())));
  }

  @Override
  public void run() {
    if (work.isTraining()) {
      net.fit(batch);
    } else {
      net.output(images)[0].getFloat(0);
    }
  }

  /** Logits of the first image; of LeNet in training three losses, else all logits. */
  @Override
  public double[] check() {
    boolean lenet = work.kind().equals("lenet");
    if (lenet && work.isTraining()) {
      double[] losses = new double[3];
      for (int i = 0; i < losses.length; i++) {
        net.fit(batch);
        losses[i] = net.score();
      }
      return losses;
    }
    INDArray given =
        lenet ? images : images.get(org.nd4j.linalg.indexing.NDArrayIndex.interval(0, 1));
    return net.feedForward(given.dup(), false).get(logits).dup('c').reshape(-1).toDoubleVector();
  }

  @Override
  public void close() {}
}
