package org.portafilter.benchmarks;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.portafilter.device.Device;
import org.portafilter.device.MathMode;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Network;
import org.portafilter.optim.Sgd;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.train.TrainingGraph;

/** A network of the zoo in this library: a step of descent with momentum, or inference. */
final class OursNet implements Contender {
  private final Network net;
  private final Session session;
  private final byte[] pixels;
  private final float[] logits;
  private final boolean training;

  OursNet(Row work, int threads) {
    this(work, Device.cpu(threads), MathMode.FAST);
  }

  OursNet(Row work, Device device, MathMode math) {
    String name = work.kind();
    int batch = work.batch();
    net = Network.create(Nets.layer(name), Nets.image(name), device, 1).math(math);
    Nets.values(name).forEach((path, values) -> net.state().get(path).write(values));
    training = work.isTraining();
    pixels = Nets.images(name, batch);
    logits = new float[batch * Nets.classes(name)];
    session = training ? openTraining(name, batch) : Session.open(net.plan(batch), net.state());
    session.view(Network.INPUT).put(0, pixels);
  }

  private Session openTraining(String name, int batch) {
    Sgd sgd = Sgd.of(Nets.LEARNING_RATE).withMomentum(Nets.MOMENTUM);
    Map<String, ValueType> moments = new LinkedHashMap<>();
    net.trainable().forEach(p -> moments.putAll(sgd.moments(p, net.state().get(p).type())));
    net.state().define(moments);
    Map<String, ValueType> leaves = net.leaves(batch, DType.UINT8);
    leaves.put(TrainingGraph.LABELS, new ValueType(Shape.of(batch), DType.INT32));
    var graph = TrainingGraph.training(net, SoftmaxCrossEntropy.of(), sgd);
    Session opened = Session.open(Plan.compile(graph, net.device(), net.spec(leaves)), net.state());
    opened.learningRate(Nets.LEARNING_RATE);
    ByteBuffer labels = opened.view(TrainingGraph.LABELS);
    int[] wanted = Nets.labels(name, batch);
    for (int i = 0; i < batch; i++) {
      labels.putInt(4 * i, wanted[i]);
    }
    return opened;
  }

  @Override
  public void run() {
    session.view(Network.INPUT).put(0, pixels);
    runAgain();
  }

  /** The same images once more, without copying them on the host. */
  void runAgain() {
    session.run();
    if (!training) {
      session.view(Network.OUTPUT).asFloatBuffer().get(0, logits);
    }
  }

  /** What ran. */
  Session session() {
    return session;
  }

  /**
   * The first logits by the running statistics: dropout makes the losses of a step incomparable.
   */
  @Override
  public double[] check() {
    int batch = pixels.length / Math.toIntExact(net.input().count());
    int classes = logits.length / batch;
    try (Session inference = Session.open(net.plan(1), net.state())) {
      byte[] first = Arrays.copyOf(pixels, pixels.length / batch);
      inference.view(Network.INPUT).put(0, first);
      inference.run();
      double[] result = new double[classes];
      for (int i = 0; i < classes; i++) {
        result[i] = inference.view(Network.OUTPUT).getFloat(4 * i);
      }
      return result;
    }
  }

  @Override
  public void close() {
    session.close();
    net.close();
  }
}
