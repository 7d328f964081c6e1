package org.portafilter.benchmarks;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

/**
 * LeNet in DJL, on its PyTorch engine. Its images are floats scaled in advance; nothing of its
 * input is timed.
 */
final class DjlLeNet implements Contender {
  private final Model model;
  private final NDManager manager;
  private final Trainer trainer;
  private final Loss loss = Loss.softmaxCrossEntropyLoss();
  private NDArray images;
  private NDArray labels;
  private float[] logits = new float[0];
  private float lastLoss;
  private boolean training;
  private int batch;

  @SuppressWarnings("NullAway") // prepare makes the arrays
  DjlLeNet(Row work) {
    model = Model.newInstance("lenet", Device.cpu(), "PyTorch");
    model.setBlock(lenet());
    manager = model.getNDManager().newSubManager();
    trainer =
        model.newTrainer(
            new DefaultTrainingConfig(loss)
                .optDevices(new Device[] {Device.cpu()})
                .optOptimizer(
                    Optimizer.adam()
                        .optLearningRateTracker(Tracker.fixed((float) LeNetData.LEARNING_RATE))
                        .build()));
    trainer.initialize(new Shape(1, 1, 28, 28));
    prepare(work);
  }

  private static Block lenet() {
    Shape two = new Shape(2, 2);
    return new SequentialBlock()
        .add(Conv2d.builder().setKernelShape(new Shape(5, 5)).setFilters(20).build())
        .add(Activation::relu)
        .add(Pool.maxPool2dBlock(two, two))
        .add(Conv2d.builder().setKernelShape(new Shape(5, 5)).setFilters(50).build())
        .add(Activation::relu)
        .add(Pool.maxPool2dBlock(two, two))
        .add(Blocks.batchFlattenBlock())
        .add(Linear.builder().setUnits(500).build())
        .add(Activation::relu)
        .add(Linear.builder().setUnits(LeNetData.CLASSES).build());
  }

  private void prepare(Row work) {
    batch = work.batch();
    training = work.isTraining();
    int index = 0;
    for (var parameter : model.getBlock().getParameters()) {
      parameter.getValue().getArray().set(LeNetData.parameter(index++));
    }
    byte[] pixels = LeNetData.images(batch);
    float[] scaled = new float[pixels.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (pixels[i] & 255) / 255f;
    }
    images = manager.create(scaled, new Shape(batch, 1, 28, 28));
    float[] classes = new float[batch];
    int[] wanted = LeNetData.labels(batch);
    for (int i = 0; i < batch; i++) {
      classes[i] = wanted[i];
    }
    labels = manager.create(classes, new Shape(batch));
  }

  @Override
  public void run() {
    if (training) {
      step(false);
    } else {
      try (NDManager scope = manager.newSubManager()) {
        NDArray input = images.duplicate();
        input.attach(scope);
        NDList out =
            model.getBlock().forward(new ParameterStore(scope, false), new NDList(input), false);
        logits = out.singletonOrThrow().toFloatArray();
      }
    }
  }

  private void step(boolean readLoss) {
    try (NDManager scope = manager.newSubManager()) {
      try (GradientCollector gradients = trainer.newGradientCollector()) {
        NDArray input = images.duplicate();
        input.attach(scope);
        NDArray value = loss.evaluate(new NDList(labels), trainer.forward(new NDList(input)));
        gradients.backward(value);
        if (readLoss) {
          lastLoss = value.getFloat();
        }
        value.close();
      }
      trainer.step();
    }
  }

  @Override
  public double[] check() {
    if (training) {
      double[] losses = new double[3];
      for (int i = 0; i < losses.length; i++) {
        step(true);
        losses[i] = lastLoss;
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
    trainer.close();
    model.close();
  }
}
