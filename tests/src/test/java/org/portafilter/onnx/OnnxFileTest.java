package org.portafilter.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.portafilter.device.Device;
import org.portafilter.nn.AveragePool;
import org.portafilter.nn.Conv1d;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.ConvTranspose2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Elu;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Gelu;
import org.portafilter.nn.GroupNorm;
import org.portafilter.nn.HardSigmoid;
import org.portafilter.nn.HardSwish;
import org.portafilter.nn.HardTanh;
import org.portafilter.nn.Layer;
import org.portafilter.nn.LayerNorm;
import org.portafilter.nn.LeakyRelu;
import org.portafilter.nn.Network;
import org.portafilter.nn.PRelu;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Reshape;
import org.portafilter.nn.Selu;
import org.portafilter.nn.Sequential;
import org.portafilter.nn.Sigmoid;
import org.portafilter.nn.Silu;
import org.portafilter.nn.Softmax;
import org.portafilter.nn.Softplus;
import org.portafilter.nn.Standardise;
import org.portafilter.nn.Tanh;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.shape.Window;
import org.portafilter.zoo.AlexNet;
import org.portafilter.zoo.AllConvNet;
import org.portafilter.zoo.CifarResNet;
import org.portafilter.zoo.ConvPattern;
import org.portafilter.zoo.GoogLeNet;
import org.portafilter.zoo.LeNet;
import org.portafilter.zoo.MobileNetV1;
import org.portafilter.zoo.NetworkInNetwork;
import org.portafilter.zoo.ResNet18;
import org.portafilter.zoo.ResNet50;
import org.portafilter.zoo.SmallInception;
import org.portafilter.zoo.Vgg16;
import org.portafilter.zoo.ZfNet;

/** What we save, ONNX Runtime reads, and it computes what we do. */
@Tag("unit")
class OnnxFileTest {
  @TempDir Path folder;

  static Stream<Arguments> networks() {
    Layer rest =
        Sequential.of(
            Standardise.of(new double[] {120, 110, 100}, new double[] {60, 61, 62}),
            Conv2d.of(8, Window.of(3).withStride(2).withPadding(1)).withGroups(1),
            Tanh.of(),
            AveragePool.of(Window.of(3).withStride(2).withPadding(1)),
            Conv2d.of(6, 1).withGroups(2),
            Sigmoid.of(),
            Flatten.of(),
            Dense.of(5),
            Softmax.of());
    Layer activations =
        Sequential.of(
            Rescale.of(1 / 64.0, -2),
            LeakyRelu.of(0.2),
            Elu.of(0.7),
            Conv2d.of(4, 3),
            Selu.of(),
            Gelu.of(),
            Silu.of(),
            Conv2d.of(4, 3),
            Softplus.of(),
            HardSwish.of(),
            PRelu.of(),
            HardSigmoid.of(),
            HardTanh.of(0.1, 0.9));
    Layer decoder =
        Sequential.of(
            Rescale.of(1 / 64.0, -2),
            ConvTranspose2d.of(20, 3).withStride(2).withPadding(1).withOutputPadding(1),
            GroupNorm.of(5),
            Relu.of(),
            ConvTranspose2d.of(16, Window.of(2, 3).withPadding(1, 0, 0, 2)),
            Tanh.of(),
            ConvTranspose2d.of(6, 4).withStride(3).withGroups(2).withBias(false),
            LayerNorm.of(),
            Reshape.of(0, 6, -1),
            Conv1d.of(4, 5).withStride(2).withPadding(3, 1).withDilation(2));
    return Stream.of(
        Arguments.of("decoder", decoder, Shape.of(3, 7, 9)),
        Arguments.of("activations", activations, Shape.of(3, 9, 7)),
        Arguments.of("lenet", LeNet.of(10), Shape.of(1, 28, 28)),
        Arguments.of("resnet20", CifarResNet.of(20, 10), Shape.of(3, 32, 32)),
        Arguments.of("inception", SmallInception.of(10), Shape.of(3, 32, 32)),
        Arguments.of("resnet18", ResNet18.of(10), Shape.of(3, 65, 64)),
        Arguments.of("resnet50", ResNet50.of(10), Shape.of(3, 64, 64)),
        Arguments.of("googlenet", GoogLeNet.of(10), Shape.of(3, 64, 64)),
        Arguments.of("alexnet", AlexNet.of(10), Shape.of(3, 67, 67)),
        Arguments.of("nin", NetworkInNetwork.of(10), Shape.of(3, 32, 32)),
        Arguments.of("zfnet", ZfNet.of(10), Shape.of(3, 97, 97)),
        Arguments.of("pattern", ConvPattern.of(10).withDense(1, 16), Shape.of(3, 16, 16)),
        Arguments.of("allconv", AllConvNet.of(10), Shape.of(3, 16, 16)),
        Arguments.of("mobilenet", MobileNetV1.of(10), Shape.of(3, 64, 64)),
        Arguments.of("the other layers", rest, Shape.of(3, 17, 19)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void onnxRuntimeComputesWhatWeDo(String name, Layer layer, Shape image) throws Exception {
    int batch = 2;
    Path file = folder.resolve("net.onnx");
    byte[] pixels = new byte[Math.toIntExact(batch * image.count())];
    new Random(5).nextBytes(pixels);
    float[] ours;
    try (Network net = Network.create(layer, image, Device.cpu(), 3)) {
      OnnxFile.save(net, file);
      try (var session = net.session(batch)) {
        ours = session.predict(pixels).clone();
      }
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    ByteBuffer bytes = ByteBuffer.allocateDirect(pixels.length).put(0, pixels);
    long[] dims = {batch, image.dim(0), image.dim(1), image.dim(2)};
    float[] theirs = new float[ours.length];
    try (OrtSession session = environment.createSession(file.toString());
        OnnxTensor input = OnnxTensor.createTensor(environment, bytes, dims, OnnxJavaType.UINT8);
        OrtSession.Result result = session.run(Map.of("input", input))) {
      ((OnnxTensor) result.get("output").orElseThrow()).getFloatBuffer().get(theirs);
    }
    double most = 0;
    for (float value : theirs) {
      most = Math.max(most, Math.abs(value));
    }
    assertTrue(most > 0);
    for (int i = 0; i < ours.length; i++) {
      assertEquals(theirs[i], ours[i], 1e-4 * most, name + " " + i);
    }
  }

  @Test
  void anOldFileStaysWhenANewOneCannotBeWritten() throws Exception {
    Path file = folder.resolve("none").resolve("net.onnx");
    try (Network net =
        Network.create(
            Sequential.of(Rescale.of(1 / 255.0), Flatten.of(), Dense.of(2)),
            Shape.of(1, 2, 2),
            Device.cpu(),
            1)) {
      var e = assertThrows(PortafilterException.class, () -> OnnxFile.save(net, file));
      assertTrue(e.getMessage().contains("cannot be written"), e.getMessage());
      assertTrue(Files.notExists(file));
    }
  }

  @Test
  void vggIsPlannedWithoutBeingRun() {
    try (Network net = Network.create(Vgg16.of(10), Shape.of(3, 32, 32), Device.cpu(), 1)) {
      assertEquals(Shape.of(10), net.output());
    }
  }
}
