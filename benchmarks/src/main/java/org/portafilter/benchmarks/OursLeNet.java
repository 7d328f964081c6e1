package org.portafilter.benchmarks;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.portafilter.device.Device;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Network;
import org.portafilter.optim.Adam;
import org.portafilter.plan.Plan;
import org.portafilter.plan.Session;
import org.portafilter.plan.Spec;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.train.TrainingGraph;

/** LeNet in this library. */
final class OursLeNet implements Contender {
  private final Network net;
  private final Session session;
  private final ByteBuffer images;
  private final byte[] pixels;
  private final float[] logits;
  private final boolean training;

  OursLeNet(Row work, int threads) {
    net = network(threads);
    training = work.isTraining();
    session =
        training ? openTraining(work.batch()) : Session.open(net.plan(work.batch()), net.state());
    pixels = LeNetData.images(work.batch());
    images = session.view(Network.INPUT);
    logits = new float[work.batch() * LeNetData.CLASSES];
  }

  /** The network with the weights all contenders have. */
  static Network network(int threads) {
    Network net = Network.create(LeNetData.layers(), Shape.of(1, 28, 28), Device.cpu(threads), 1);
    LeNetData.values().forEach((path, values) -> net.state().get(path).write(values));
    return net;
  }

  private Session openTraining(int batch) {
    Adam adam = Adam.of(LeNetData.LEARNING_RATE);
    Map<String, ValueType> moments = new LinkedHashMap<>();
    net.trainable()
        .forEach(path -> moments.putAll(adam.moments(path, net.state().get(path).type())));
    net.state().define(moments);
    moments
        .keySet()
        .forEach(
            path ->
                net.state()
                    .get(path)
                    .write(new float[(int) net.state().get(path).shape().count()]));
    net.state().step(0);
    Map<String, ValueType> leaves = net.leaves(batch, DType.UINT8);
    leaves.put(TrainingGraph.LABELS, new ValueType(Shape.of(batch), DType.INT32));
    var graph = TrainingGraph.training(net, SoftmaxCrossEntropy.of(), adam);
    Session opened = Session.open(Plan.compile(graph, net.device(), Spec.of(leaves)), net.state());
    opened.learningRate(LeNetData.LEARNING_RATE);
    int[] labels = LeNetData.labels(batch);
    for (int i = 0; i < batch; i++) {
      opened.view(TrainingGraph.LABELS).putInt(4 * i, labels[i]);
    }
    return opened;
  }

  @Override
  public void run() {
    images.put(0, pixels);
    session.run();
    if (!training) {
      session.view(Network.OUTPUT).asFloatBuffer().get(0, logits);
    }
  }

  @Override
  public double[] check() {
    if (training) {
      double[] losses = new double[3];
      for (int i = 0; i < losses.length; i++) {
        run();
        losses[i] = session.view(TrainingGraph.LOSS).getFloat(0);
      }
      return losses;
    }
    run();
    double[] result = new double[logits.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = logits[i];
    }
    return result;
  }

  @Override
  public void close() {
    session.close();
  }
}
