package org.portafilter.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnxruntime.OnnxJavaType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.portafilter.data.Dataset;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Network;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Residual;
import org.portafilter.nn.Sequential;
import org.portafilter.nn.Standardise;
import org.portafilter.optim.Sgd;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.train.Trainer;

/** The input of an ONNX file has the type the network was trained on, or the one asked for. */
@Tag("unit")
class OnnxInputTest {
  private static final Shape IMAGE = Shape.of(2, 3, 4);

  @TempDir Path folder;

  private static Layer layer(String first) {
    Layer reader =
        switch (first) {
          case "rescale" -> Rescale.of(1 / 255.0, -0.5);
          case "standardise" -> Standardise.of(new double[] {120, 99}, new double[] {60, 50});
          default -> Residual.of(Rescale.of(1 / 99.0), Rescale.of(1 / 77.0));
        };
    return Sequential.of(reader, Flatten.of(), Dense.of(3));
  }

  private static Dataset data(boolean floats) {
    int[] labels = {0, 2};
    int count = Math.toIntExact(2 * IMAGE.count());
    return floats
        ? Dataset.of(new float[count], IMAGE, labels)
        : Dataset.of(new byte[count], IMAGE, labels);
  }

  private static void train(Network net, boolean floats) {
    try (Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(1e-3))) {
      trainer.fit(data(floats).batches(2), 1);
    }
  }

  private static String inputs(ModelProto model) {
    return model.getMetadataPropsList().stream()
        .filter(entry -> entry.getKey().equals("portafilter.inputs"))
        .map(StringStringEntryProto::getValue)
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rescale", "standardise", "two rescales"})
  void itIsWhatTheNetworkWasTrainedOn(String first) throws Exception {
    Path file = folder.resolve("net.onnx");
    try (Network net = Network.create(layer(first), IMAGE, Device.cpu(), 1)) {
      train(net, true);
      EveryLayerOnnxTest.compare(net, file);
      try (Ort ort = Ort.open(file)) {
        assertEquals(OnnxJavaType.FLOAT, ort.input().type);
      }
      ModelProto model = OnnxStructure.check(file);
      assertEquals("FLOAT32,UINT8", inputs(model));
      String words =
          "input: N x 2 x 3 x 4 of FLOAT32, or in a file saved for it UINT8; bytes count 0 to 255";
      assertEquals(words, model.getDocString());
      assertEquals(words, model.getGraph().getInput(0).getDocString());
      train(net, false);
      EveryLayerOnnxTest.compare(net, file);
      try (Ort ort = Ort.open(file)) {
        assertEquals(OnnxJavaType.UINT8, ort.input().type);
      }
      assertEquals("UINT8,FLOAT32", inputs(OnnxStructure.check(file)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rescale", "standardise", "two rescales"})
  void itIsWhatIsAskedFor(String first) throws Exception {
    Path bytes = folder.resolve("bytes.onnx");
    Path floats = folder.resolve("floats.onnx");
    for (DType working : List.of(DType.FLOAT32, DType.FLOAT64)) {
      try (Network net = Network.create(layer(first), IMAGE, Device.cpu(), 1, working)) {
        OnnxFile.save(net, bytes, DType.UINT8);
        OnnxFile.save(net, floats, working);
        assertEquals(working + ",UINT8", inputs(OnnxStructure.check(floats)));
        double[] values = new double[Math.toIntExact(IMAGE.count())];
        for (int i = 0; i < values.length; i++) {
          values[i] = 37 * i % 256;
        }
        long[] dims = {1, 2, 3, 4};
        try (Ort one = Ort.open(bytes);
            Ort other = Ort.open(floats)) {
          assertEquals(OnnxJavaType.UINT8, one.input().type);
          boolean wide = working == DType.FLOAT64;
          assertEquals(wide ? OnnxJavaType.DOUBLE : OnnxJavaType.FLOAT, other.input().type);
          assertArrayEquals(one.run(values, dims).values(), other.run(values, dims).values());
        }
      }
    }
  }

  @Test
  void aLoadedNetworkKeepsIt() throws Exception {
    Path model = folder.resolve("model.safetensors");
    Path file = folder.resolve("net.onnx");
    try (Network net = Network.create(layer("standardise"), IMAGE, Device.cpu(), 1)) {
      train(net, true);
      ModelFile.save(net, model);
    }
    try (Network net = ModelFile.load(model, Device.cpu())) {
      EveryLayerOnnxTest.compare(net, file);
      assertEquals("FLOAT32,UINT8", inputs(OnnxStructure.check(file)));
    }
  }

  @Test
  void aTypeTheNetworkDoesNotTakeIsRefusedBeforeAFileIsTouched() throws Exception {
    Path file = Files.writeString(folder.resolve("net.onnx"), "old");
    try (Network net =
        Network.create(Sequential.of(Flatten.of(), Dense.of(3)), IMAGE, Device.cpu(), 1)) {
      var e = assertThrows(PortafilterException.class, () -> OnnxFile.save(net, file, DType.UINT8));
      for (String word : List.of("[FLOAT32]", "UINT8", "put a Rescale or a Standardise first")) {
        assertTrue(e.getMessage().contains(word), e.getMessage());
      }
    }
    assertEquals("old", Files.readString(file));
  }
}
