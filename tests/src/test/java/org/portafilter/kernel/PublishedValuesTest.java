package org.portafilter.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.portafilter.graph.Activation;
import org.portafilter.graph.ConvOp;
import org.portafilter.graph.NormOp;
import org.portafilter.graph.PointwiseOp;
import org.portafilter.graph.PoolOp;
import org.portafilter.graph.ProductOp;
import org.portafilter.graph.Signature;
import org.portafilter.graph.SoftmaxOp;
import org.portafilter.graph.UpdateOp;
import org.portafilter.graph.UpdateRule;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ValueType;
import org.portafilter.shape.Window;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.OpRunner;
import org.portafilter.testkit.OpRunner.Input;
import org.portafilter.testkit.TestDevice;

/**
 * Numbers published with the Stanford CS231n course (2017, assignments 2): inputs are
 * numpy.linspace in row-major order, all in double; the published digits decide the tolerance.
 */
@KernelTest
class PublishedValuesTest {
  private static final DType D = DType.FLOAT64;
  private final OpRunner runner = new OpRunner(TestDevice.get());

  private static Input linspace(double from, double to, long... dims) {
    Shape shape = Shape.of(dims);
    return new Input(new ValueType(shape, D), Draw.linspace(from, to, (int) shape.count()));
  }

  private static Input scalar(DType dtype, double value) {
    return new Input(new ValueType(Shape.of(), dtype), new double[] {value});
  }

  private static void near(double[] got, double digits, double... expected) {
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], got[i], digits, "element " + i);
    }
  }

  @Test
  void affine() {
    double[] y =
        runner
            .run(
                new ProductOp.MatMul(false, false, true, Activation.IDENTITY),
                D,
                linspace(-0.1, 0.5, 2, 120),
                linspace(-0.2, 0.3, 120, 3),
                linspace(-0.3, 0.1, 3))
            .get(0);
    near(y, 5e-9, 1.49834967, 1.70660132, 1.91485297, 3.25553199, 3.5141327, 3.77273342);
  }

  @Test
  void relu() {
    double[] y =
        runner.run(new PointwiseOp.Activate(Activation.RELU), D, linspace(-0.5, 0.5, 3, 4)).get(0);
    near(
        y, 5e-9, 0, 0, 0, 0, 0, 0, 0.04545455, 0.13636364, 0.22727273, 0.31818182, 0.40909091, 0.5);
  }

  @Test
  void convolution() {
    double[] y =
        runner
            .run(
                new ConvOp.Forward(
                    Window.of(4).withStride(2).withPadding(1), 1, true, Activation.IDENTITY),
                D,
                linspace(-0.1, 0.5, 2, 3, 4, 4),
                linspace(-0.2, 0.3, 3, 3, 4, 4),
                linspace(-0.1, 0.2, 3))
            .get(0);
    near(
        y,
        5e-9,
        -0.08759809,
        -0.10987781,
        -0.18387192,
        -0.2109216,
        0.21027089,
        0.21661097,
        0.22847626,
        0.23004637,
        0.50813986,
        0.54309974,
        0.64082444,
        0.67101435,
        -0.98053589,
        -1.03143541,
        -1.19128892,
        -1.24695841,
        0.69108355,
        0.66880383,
        0.59480972,
        0.56776003,
        2.36270298,
        2.36904306,
        2.38090835,
        2.38247847);
  }

  @Test
  void maxPooling() {
    double[] y =
        runner
            .run(new PoolOp.Max(Window.of(2).withStride(2)), D, linspace(-0.3, 0.4, 2, 3, 4, 4))
            .get(0);
    near(
        y,
        5e-9,
        -0.26315789,
        -0.24842105,
        -0.20421053,
        -0.18947368,
        -0.14526316,
        -0.13052632,
        -0.08631579,
        -0.07157895,
        -0.02736842,
        -0.01263158,
        0.03157895,
        0.04631579,
        0.09052632,
        0.10526316,
        0.14947368,
        0.16421053,
        0.20842105,
        0.22315789,
        0.26736842,
        0.28210526,
        0.32631579,
        0.34105263,
        0.38526316,
        0.4);
  }

  @Test
  void twoLayerNet() {
    double[] x = new double[15];
    double[] line = Draw.linspace(-5.5, 4.5, 15);
    for (int i = 0; i < 15; i++) {
      x[i % 3 * 5 + i / 3] = line[i];
    }
    double[] hidden =
        runner
            .run(
                new ProductOp.MatMul(false, false, true, Activation.RELU),
                D,
                new Input(new ValueType(Shape.of(3, 5), D), x),
                linspace(-0.7, 0.3, 5, 50),
                linspace(-0.1, 0.9, 50))
            .get(0);
    double[] scores =
        runner
            .run(
                new ProductOp.MatMul(false, false, true, Activation.IDENTITY),
                D,
                new Input(new ValueType(Shape.of(3, 50), D), hidden),
                linspace(-0.3, 0.4, 50, 7),
                linspace(-0.9, 0.1, 7))
            .get(0);
    near(
        scores,
        5e-8,
        11.53165108,
        12.2917344,
        13.05181771,
        13.81190102,
        14.57198434,
        15.33206765,
        16.09215096,
        12.05769098,
        12.74614105,
        13.43459113,
        14.1230412,
        14.81149128,
        15.49994135,
        16.18839143,
        12.58373087,
        13.20054771,
        13.81736455,
        14.43418138,
        15.05099822,
        15.66781506,
        16.2846319);
    Input labels = new Input(new ValueType(Shape.of(3), DType.INT32), new double[] {0, 5, 1});
    Input logits = new Input(new ValueType(Shape.of(3, 7), D), scores);
    assertEquals(
        3.4702243556, runner.run(new SoftmaxOp.CrossEntropy(), D, logits, labels).get(0)[0], 1e-10);
  }

  @Test
  void momentum() {
    // The course's velocity is minus the learning rate times ours: v' = mu v - lr dw.
    double rate = 1e-3;
    double[] velocity = Draw.linspace(0.6, 0.9, 20);
    for (int i = 0; i < 20; i++) {
      velocity[i] /= -rate;
    }
    List<double[]> got =
        runner.run(
            new UpdateOp.Step(UpdateRule.MOMENTUM, 0.9, 0, 0, 0, 0),
            D,
            linspace(-0.4, 0.6, 4, 5),
            linspace(-0.6, 0.4, 4, 5),
            scalar(DType.FLOAT64, rate),
            scalar(DType.INT64, 0),
            new Input(new ValueType(Shape.of(4, 5), D), velocity));
    near(got.get(0), 5e-9, 0.1406, 0.20738947, 0.27417895, 0.34096842, 0.40775789, 0.47454737);
    assertEquals(1.4096, got.get(0)[19], 5e-9);
    assertEquals(0.5406, got.get(1)[0] * -rate, 5e-9);
    assertEquals(0.8096, got.get(1)[19] * -rate, 5e-9);
  }

  @Test
  void adam() {
    List<double[]> got =
        runner.run(
            new UpdateOp.Step(UpdateRule.ADAM, 0.9, 0.999, 1e-8, 0, 0),
            D,
            linspace(-0.4, 0.6, 4, 5),
            linspace(-0.6, 0.4, 4, 5),
            scalar(DType.FLOAT64, 1e-2),
            scalar(DType.INT64, 5),
            linspace(0.6, 0.9, 4, 5),
            linspace(0.7, 0.5, 4, 5));
    near(
        got.get(0),
        5e-9,
        -0.40094747,
        -0.34836187,
        -0.29577703,
        -0.24319299,
        -0.19060977,
        -0.1380274);
    assertEquals(0.59801459, got.get(0)[19], 5e-9);
    near(got.get(1), 5e-9, 0.48, 0.49947368, 0.51894737, 0.53842105);
    near(got.get(2), 5e-9, 0.69966, 0.68908382, 0.67851319, 0.66794809);
  }

  @Test
  void rmsProp() {
    List<double[]> got =
        runner.run(
            new UpdateOp.Step(UpdateRule.RMSPROP, 0, 0.99, 1e-8, 0, 0),
            D,
            linspace(-0.4, 0.6, 4, 5),
            linspace(-0.6, 0.4, 4, 5),
            scalar(DType.FLOAT64, 1e-2),
            scalar(DType.INT64, 0),
            linspace(0.6, 0.9, 4, 5));
    near(
        got.get(0),
        5e-9,
        -0.39223849,
        -0.34037513,
        -0.28849239,
        -0.23659121,
        -0.18467247,
        -0.132737);
    assertEquals(0.59576619, got.get(0)[19], 5e-9);
    near(got.get(1), 5e-9, 0.5976, 0.6126277, 0.6277108, 0.64284931, 0.65804321, 0.67329252);
    assertEquals(0.8926, got.get(1)[19], 5e-9);
  }

  @Test
  void batchNormStandardises() {
    double[] x = Draw.uniform("x", 200 * 3);
    for (int i = 0; i < x.length; i++) {
      x[i] = 30 * x[i] * (1 + i % 3) - 10;
    }
    Input one = new Input(new ValueType(Shape.of(3), D), new double[] {1, 2, 3});
    Input eleven = new Input(new ValueType(Shape.of(3), D), new double[] {11, 12, 13});
    Input input = new Input(new ValueType(Shape.of(200, 3), D), x);
    double[] y = runner.run(new NormOp.Training(1e-5, 0.1), D, input, one, eleven, one, one).get(0);
    for (int c = 0; c < 3; c++) {
      double mean = 0;
      double square = 0;
      for (int n = 0; n < 200; n++) {
        mean += y[n * 3 + c] / 200;
      }
      for (int n = 0; n < 200; n++) {
        square += (y[n * 3 + c] - mean) * (y[n * 3 + c] - mean) / 200;
      }
      assertEquals(11 + c, mean, 1e-12);
      assertEquals(1 + c, Math.sqrt(square), 1e-6);
    }
  }

  @Test
  void firstLayerOfAlexNet() {
    // 227x227x3 with 96 kernels of 11 at stride 4 gives 55x55x96; its column matrix is 363 x 3025,
    // its weights 96 x 363.
    Window window = Window.of(11).withStride(4);
    assertEquals(55, window.outputHeight(227));
    assertEquals(3025, window.outputHeight(227) * window.outputWidth(227));
    assertEquals(363, 3 * window.kernelHeight() * window.kernelWidth());
    var types =
        new ConvOp.Forward(window, 1, false, Activation.IDENTITY)
            .infer(
                new Signature(
                    "conv1",
                    "Conv2d",
                    List.of(
                        new ValueType(Shape.of(1, 3, 227, 227), D),
                        new ValueType(Shape.of(96, 3, 11, 11), D)),
                    D));
    assertEquals(Shape.of(1, 96, 55, 55), types.get(0).shape());
  }
}
