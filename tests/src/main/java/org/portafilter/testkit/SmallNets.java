package org.portafilter.testkit;

import org.portafilter.nn.AveragePool;
import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Concat;
import org.portafilter.nn.Conv1d;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.ConvTranspose2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Dropout;
import org.portafilter.nn.Elu;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Gelu;
import org.portafilter.nn.GlobalAveragePool;
import org.portafilter.nn.GroupNorm;
import org.portafilter.nn.HardSigmoid;
import org.portafilter.nn.HardSwish;
import org.portafilter.nn.HardTanh;
import org.portafilter.nn.Layer;
import org.portafilter.nn.LayerNorm;
import org.portafilter.nn.LeakyRelu;
import org.portafilter.nn.LocalResponseNorm;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.PRelu;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Reshape;
import org.portafilter.nn.Residual;
import org.portafilter.nn.Selu;
import org.portafilter.nn.Sequential;
import org.portafilter.nn.Sigmoid;
import org.portafilter.nn.Silu;
import org.portafilter.nn.Softplus;
import org.portafilter.nn.Tanh;
import org.portafilter.shape.Shape;
import org.portafilter.shape.Window;
import org.portafilter.zoo.LeNet;

/** Networks small enough for every test, one for each way graphs can be shaped. */
public enum SmallNets {
  /** A chain with fusion, pooling and dropout. */
  CONVOLUTIONAL(
      Shape.of(1, 12, 12),
      Sequential.of(
          Rescale.of(1 / 255.0),
          Conv2d.of(6, 3),
          Relu.of(),
          MaxPool.of(2),
          Conv2d.of(8, 3).withPadding(1),
          Tanh.of(),
          AveragePool.of(2),
          Flatten.of(),
          Dense.of(12),
          Relu.of(),
          Dropout.of(0.3),
          Dense.of(3))),

  /** Joins by addition, batch norm, strides, grouped and depthwise convolutions. */
  RESIDUAL(
      Shape.of(3, 9, 9),
      Sequential.of(
          Conv2d.of(8, 3).withPadding(1).withBias(false),
          BatchNorm.of(),
          Relu.of(),
          Residual.of(
              Sequential.of(
                  Conv2d.of(8, 3).withPadding(1).withGroups(8),
                  BatchNorm.of(),
                  Relu.of(),
                  Conv2d.of(8, 3).withPadding(1).withGroups(2),
                  BatchNorm.of())),
          Relu.of(),
          Residual.of(
              Sequential.of(Conv2d.of(12, 3).withStride(2).withPadding(1), BatchNorm.of()),
              Conv2d.of(12, 1).withStride(2)),
          Relu.of(),
          GlobalAveragePool.of(),
          Dense.of(3))),

  /** Joins by concatenation, one value read by several branches. */
  BRANCHING(
      Shape.of(2, 8, 8),
      Sequential.of(
          Conv2d.of(4, 1),
          Sigmoid.of(),
          Concat.of(
              Conv2d.of(3, 1),
              Sequential.of(Conv2d.of(2, 3).withPadding(1), Relu.of()),
              MaxPool.of(Window.of(3).withPadding(1))),
          Relu.of(),
          Flatten.of(),
          Dense.of(3))),

  /** Channels that fill blocks of sixteen, and layers whose channels do not. */
  BLOCKED(
      Shape.of(3, 7, 9),
      Sequential.of(
          Conv2d.of(16, 3).withPadding(1).withBias(false),
          BatchNorm.of(),
          Relu.of(),
          Residual.of(
              Sequential.of(
                  Conv2d.of(16, 3).withPadding(1).withGroups(16),
                  BatchNorm.of(),
                  Relu.of(),
                  Conv2d.of(16, 3).withPadding(1),
                  BatchNorm.of())),
          Relu.of(),
          Concat.of(
              Conv2d.of(32, 1),
              Sequential.of(Conv2d.of(8, 1), Conv2d.of(16, 3).withPadding(1), Relu.of()),
              MaxPool.of(Window.of(3).withPadding(1))),
          Conv2d.of(32, 3).withStride(2).withPadding(1),
          Tanh.of(),
          Conv2d.of(25, 3).withPadding(1),
          BatchNorm.of(),
          Relu.of(),
          Residual.of(Sequential.of(Conv2d.of(25, 3).withPadding(1).withGroups(25), Sigmoid.of())),
          AveragePool.of(2),
          GlobalAveragePool.of(),
          Dense.of(3))),

  /** Activations, over channels that fill blocks and over others. */
  ACTIVATIONS(
      Shape.of(3, 7, 8),
      Sequential.of(
          Conv2d.of(16, 3).withPadding(1),
          LeakyRelu.of(0.2),
          Conv2d.of(19, 3).withPadding(1),
          Silu.of(),
          Conv2d.of(16, 3),
          PRelu.of(),
          HardSwish.of(),
          Conv2d.of(19, 3),
          Gelu.of(),
          Softplus.of(),
          HardTanh.of(0, 1.5),
          Conv2d.of(8, 1),
          HardSigmoid.of(),
          Elu.of(0.5),
          Flatten.of(),
          Dense.of(9),
          Selu.of(),
          Dense.of(3))),

  /**
   * Down and up again: transposed convolutions, norms of layers and groups, a sequence at the end.
   */
  DECODER(
      Shape.of(2, 6, 8),
      Sequential.of(
          Conv2d.of(16, 3).withStride(2).withPadding(1),
          Relu.of(),
          ConvTranspose2d.of(24, 3).withStride(2).withPadding(1).withOutputPadding(1),
          Tanh.of(),
          GroupNorm.of(3),
          LocalResponseNorm.of(4).withAlpha(0.5),
          ConvTranspose2d.of(6, 2).withStride(2).withGroups(2),
          GroupNorm.perChannel(),
          ConvTranspose2d.of(4, Window.of(3).withPadding(1, 0, 2, 1)),
          Reshape.of(0, 4, -1),
          Conv1d.of(5, 4).withStride(3).withPadding(1, 0),
          LayerNorm.of(),
          Sigmoid.of(),
          Flatten.of(),
          Dense.of(3))),

  /** LeNet itself. */
  LENET(Shape.of(1, 28, 28), LeNet.of(10));

  private final Shape input;
  private final Layer layer;

  SmallNets(Shape input, Layer layer) {
    this.input = input;
    this.layer = layer;
  }

  /** Shape of one image. */
  public Shape input() {
    return input;
  }

  /** The network. */
  public Layer layer() {
    return layer;
  }
}
