package org.portafilter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.data.ImageFile;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Network;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.shape.Shape;

/** Models whose outputs are NaN or infinite. */
@Tag("unit")
class NotANumberTest {
  private static final Shape INPUT = Shape.of(1, 2, 2);

  @TempDir Path folder;

  /** A model of four outputs: each its bias, plus its weight times the first pixel. */
  private Path model(float[] bias, float[] weight) {
    Path file = folder.resolve("model.safetensors");
    var layers = Sequential.of(Rescale.of(1), Flatten.of(), Dense.of(bias.length));
    try (Network net = Network.create(layers, INPUT, Device.cpu(), 1)) {
      String dense = net.trainable().stream().filter(p -> p.endsWith("/bias")).findFirst().get();
      net.state().get(dense).write(bias);
      float[] weights = new float[4 * bias.length];
      for (int i = 0; i < bias.length; i++) {
        weights[4 * i] = weight[i];
      }
      net.state().get(dense.replace("/bias", "/weights")).write(weights);
      ModelFile.save(net, file);
    }
    return file;
  }

  private Path image(int first) {
    Path file = folder.resolve(first + ".png");
    ImageFile.write(file, new byte[] {(byte) first, 0, 0, 0}, INPUT);
    return file;
  }

  static JsonObject strict(String line) throws IOException {
    JsonReader reader = new JsonReader(new StringReader(line));
    reader.setStrictness(Strictness.STRICT);
    JsonElement read = JsonParser.parseReader(reader);
    assertFalse(line.contains("NaN,") || line.contains("Infinity"), line);
    return read.getAsJsonObject();
  }

  private JsonObject predicted(int code, float... outputs) throws IOException {
    CommandRun run =
        CommandRun.of("predict", "--model", model(outputs, new float[outputs.length]), image(7));
    assertEquals(code, run.code(), run.out() + run.err());
    return strict(run.out().strip());
  }

  @Test
  void anOutputThatIsNaNIsNoClass() throws IOException {
    float nan = Float.NaN;
    for (float[] outputs :
        new float[][] {{nan, nan, nan}, {nan, 1, 2}, {3, nan, 2}, {0, 1, nan}, {1e30f, nan, 1}}) {
      JsonObject answer = predicted(3, outputs);
      assertTrue(answer.get("class").isJsonNull(), answer.toString());
      assertEquals("NaN", answer.get("reason").getAsString());
    }
  }

  @Test
  void theAnswerIsWrittenAsPromised() {
    float[] outputs = {Float.NaN, 0, 0};
    CommandRun run = CommandRun.of("predict", "--model", model(outputs, new float[3]), image(7));
    assertTrue(run.out().contains("\"class\": null, \"reason\": \"NaN\""), run.out());
  }

  @Test
  void infinitiesCompare() throws IOException {
    float up = Float.POSITIVE_INFINITY;
    float down = Float.NEGATIVE_INFINITY;
    assertEquals(2, predicted(0, 1, 2, up).get("class").getAsInt());
    assertEquals(1, predicted(0, down, 2, down).get("class").getAsInt());
    assertEquals(0, predicted(0, down, down, down).get("class").getAsInt());
    assertEquals(1, predicted(0, 3e38f, up, up).get("class").getAsInt());
    JsonObject equal = predicted(0, down, up, up).getAsJsonObject("probabilities");
    assertEquals(0, equal.get("0").getAsDouble());
    assertEquals(0.5, equal.get("1").getAsDouble());
    JsonObject all = predicted(0, down, down).getAsJsonObject("probabilities");
    assertEquals(0.5, all.get("0").getAsDouble());
  }

  /** One image of three makes infinity minus infinity; the others keep their answers. */
  @Test
  void everyImageHasItsLine() throws IOException {
    Path model = model(new float[] {0, 1}, new float[] {Float.POSITIVE_INFINITY, 0});
    CommandRun run = CommandRun.of("predict", "--model", model, image(9), image(0), image(5));
    assertEquals(3, run.code(), run.out() + run.err());
    List<String> lines = run.out().lines().toList();
    assertEquals(3, lines.size(), run.out());
    assertEquals(0, strict(lines.get(0)).get("class").getAsInt());
    assertTrue(strict(lines.get(1)).get("class").isJsonNull());
    assertEquals(0, strict(lines.get(2)).get("class").getAsInt());
    assertTrue(run.err().contains("1 of 3 images"), run.err());
  }

  /** Two devices that both give NaN have not taken an image for the same class. */
  @Test
  void nothingAgreesOnNaN() throws IOException {
    Path data = Files.createDirectories(folder.resolve("data"));
    IdxFolder.write(data, 4, 2);
    Path model = folder.resolve("nan.safetensors");
    var layers = Sequential.of(Rescale.of(1), Flatten.of(), Dense.of(10));
    try (Network net = Network.create(layers, Shape.of(1, 28, 28), Device.cpu(), 1)) {
      String dense = net.trainable().stream().filter(p -> p.endsWith("/bias")).findFirst().get();
      float[] bias = new float[10];
      bias[3] = Float.NaN;
      net.state().get(dense).write(bias);
      ModelFile.save(net, model);
    }
    CommandRun run =
        CommandRun.of("evaluate", "--model", model, "--data", data, "--against", "cpu");
    assertEquals(0, run.code(), run.err());
    JsonObject json = strict(run.out().strip());
    assertEquals(0.0, json.get("agreement").getAsDouble());
    assertTrue(json.get("loss").isJsonNull(), run.out());
  }
}
