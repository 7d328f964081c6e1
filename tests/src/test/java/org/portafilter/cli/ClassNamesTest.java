package org.portafilter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.data.ChannelOrder;
import org.portafilter.data.Fit;
import org.portafilter.data.ImageFile;
import org.portafilter.data.ImageSpec;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.io.Safetensors;
import org.portafilter.nn.Dense;
import org.portafilter.nn.GlobalAveragePool;
import org.portafilter.nn.Network;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.shape.Shape;

/** Class names from the folders a model learned to the answers it gives. */
@Tag("unit")
class ClassNamesTest {
  @TempDir Path folder;

  private Path trained(String... classes) throws IOException {
    Path data = ColourFolders.write(folder.resolve("data"), List.of(classes), 12, 4);
    Path model = folder.resolve("model.safetensors");
    CommandRun run =
        CommandRun.of(
            "train",
            "lenet",
            "--data",
            data,
            "--size",
            28,
            "--epochs",
            12,
            "--batch",
            16,
            "--schedule",
            "constant",
            "--save",
            model);
    assertEquals(0, run.code(), run.err());
    assertEquals(1.0, run.json().get("test_accuracy").getAsDouble(), run.err());
    return model;
  }

  private static List<String> names(String json) {
    JsonArray array = JsonParser.parseString(json).getAsJsonArray();
    return array.asList().stream().map(e -> e.getAsString()).toList();
  }

  @Test
  void namesAndImageAreInTheFile() throws IOException {
    Path model = trained("cat", "dog", "owl");
    Map<String, String> metadata = Safetensors.open(model).metadata();
    assertEquals(List.of("cat", "dog", "owl"), names(metadata.get("portafilter.classes")));
    JsonObject image = JsonParser.parseString(metadata.get("portafilter.image")).getAsJsonObject();
    assertEquals(28, image.get("height").getAsInt());
    assertEquals(28, image.get("width").getAsInt());
    assertEquals(3, image.get("channels").getAsInt());
    assertEquals("RGB", image.get("order").getAsString());
    assertEquals("CROP", image.get("fit").getAsString());
  }

  @Test
  void predictSaysTheName() throws IOException {
    Path model = trained("cat", "dog");
    Path image = ColourFolders.image(folder.resolve("a.png"), 1, 99);
    CommandRun run = CommandRun.of("predict", "--model", model, image);
    assertEquals(0, run.code(), run.err());
    assertEquals("dog", run.json().get("class").getAsString());
    assertEquals(image.toString(), run.json().get("image").getAsString());
    JsonObject probabilities = run.json().getAsJsonObject("probabilities");
    assertEquals(Set.of("cat", "dog"), probabilities.keySet());
    double sum = probabilities.get("cat").getAsDouble() + probabilities.get("dog").getAsDouble();
    assertEquals(1, sum, 1e-6);
  }

  /** The image's fit and size are the model's: a photo of another size needs no options. */
  @Test
  void predictReadsImagesAsTheModelWasTrained() throws IOException {
    Path model = trained("cat", "dog");
    byte[] wide = new byte[3 * 40 * 100];
    for (int i = 0; i < 40 * 100; i++) {
      // Red at both ends, green in the middle: what CROP keeps is green, the class dog.
      boolean middle = i % 100 >= 30 && i % 100 < 70;
      wide[i] = (byte) (middle ? 30 : 230);
      wide[4000 + i] = (byte) (middle ? 230 : 30);
      wide[8000 + i] = 30;
    }
    Path image = folder.resolve("wide.png");
    ImageFile.write(image, wide, Shape.of(3, 40, 100));
    CommandRun run = CommandRun.of("predict", "--model", model, image);
    assertEquals(0, run.code(), run.err());
    assertEquals("dog", run.json().get("class").getAsString());
    CommandRun refused = CommandRun.of("predict", "--model", model, "--fit", "exact", image);
    assertEquals(1, refused.code(), refused.out());
    assertTrue(refused.err().contains("--fit EXACT"), refused.err());
    assertTrue(refused.err().contains("CROP"), refused.err());
  }

  @Test
  void evaluateMapsByName() throws IOException {
    Path model = trained("cat", "dog", "owl");
    // The folders' numbers are 0 and 1 here; the model's are 1 and 2.
    ColourFolders.write(folder.resolve("some/test/dog"), 1, 5);
    ColourFolders.write(folder.resolve("some/test/owl"), 2, 5);
    CommandRun run = CommandRun.of("evaluate", "--model", model, "--data", folder.resolve("some"));
    assertEquals(0, run.code(), run.err());
    assertEquals(1.0, run.json().get("accuracy").getAsDouble());
    assertEquals(10, run.json().get("images").getAsInt());
    CommandRun table =
        CommandRun.of(
            "evaluate", "--model", model, "--data", folder.resolve("some"), "--confusion");
    assertTrue(table.out().contains("2 owl"), table.out());
  }

  @Test
  void unknownClassesAreRefused() throws IOException {
    Path model = trained("cat", "dog");
    Path other = ColourFolders.write(folder.resolve("other"), List.of("ant", "cat"), 1, 4);
    CommandRun run = CommandRun.of("evaluate", "--model", model, "--data", other, "--size", 28);
    assertEquals(1, run.code(), run.out());
    assertTrue(run.err().contains("[ant, cat]"), run.err());
    assertTrue(run.err().contains("[cat, dog]"), run.err());
    assertTrue(run.err().contains("ant"), run.err());
  }

  @Test
  void aSizeThatContradictsTheModelIsRefused() throws IOException {
    Path model = trained("cat", "dog");
    CommandRun run =
        CommandRun.of("evaluate", "--model", model, "--data", folder.resolve("data"), "--size", 32);
    assertEquals(1, run.code(), run.out());
    assertTrue(run.err().contains("--size 32"), run.err());
    assertTrue(run.err().contains("28 x 28"), run.err());
  }

  @Test
  void trainAndTestAreMatchedByNameToo() throws IOException {
    Path data = folder.resolve("data");
    for (int i = 0; i < 3; i++) {
      ColourFolders.write(
          data.resolve("train").resolve(List.of("cat", "dog", "owl").get(i)), i, 12);
    }
    ColourFolders.write(data.resolve("test/owl"), 2, 4);
    CommandRun run =
        CommandRun.of(
            "train",
            "lenet",
            "--data",
            data,
            "--size",
            28,
            "--epochs",
            12,
            "--batch",
            16,
            "--schedule",
            "constant");
    assertEquals(0, run.code(), run.err());
    assertEquals(1.0, run.json().get("test_accuracy").getAsDouble());
    ColourFolders.write(data.resolve("test/yak"), 3, 4);
    CommandRun refused = CommandRun.of("train", "lenet", "--data", data, "--size", 28);
    assertEquals(1, refused.code(), refused.out());
    assertTrue(refused.err().contains("[cat, dog, owl]"), refused.err());
    assertTrue(refused.err().contains("[owl, yak]"), refused.err());
  }

  @Test
  void digitsAndShapesHaveNamesToo() throws IOException {
    Path digits = IdxFolder.write(Files.createDirectories(folder.resolve("digits")), 64, 8);
    Path model = folder.resolve("digits.safetensors");
    CommandRun run =
        CommandRun.of("train", "lenet", "--data", digits, "--epochs", 1, "--save", model);
    assertEquals(0, run.code(), run.err());
    Map<String, String> metadata = Safetensors.open(model).metadata();
    assertEquals(
        List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
        names(metadata.get("portafilter.classes")));
    JsonObject image = JsonParser.parseString(metadata.get("portafilter.image")).getAsJsonObject();
    assertEquals("EXACT", image.get("fit").getAsString());
    assertEquals(1, image.get("channels").getAsInt());
  }

  /** CIFAR's own list of names, one a line, lies beside its batches. */
  @Test
  void cifarsNamesComeFromItsList() throws IOException {
    Path cifar = Files.createDirectories(folder.resolve("cifar"));
    byte[] records = new byte[10 * 3073];
    for (int i = 0; i < 10; i++) {
      records[i * 3073] = (byte) i;
    }
    for (int i = 1; i <= 5; i++) {
      Files.write(cifar.resolve("data_batch_" + i + ".bin"), records);
    }
    Files.write(cifar.resolve("test_batch.bin"), records);
    List<String> listed =
        List.of("plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");
    Files.writeString(cifar.resolve("batches.meta.txt"), String.join("\n", listed) + "\n\n");
    Path model = folder.resolve("cifar.safetensors");
    CommandRun run =
        CommandRun.of("train", "lenet", "--data", cifar, "--epochs", 1, "--save", model);
    assertEquals(0, run.code(), run.err());
    assertEquals(listed, names(Safetensors.open(model).metadata().get("portafilter.classes")));
  }

  /** A network that wants blue first gets it so, from files and from folders. */
  @Test
  void theOrderOfTheChannelsIsTheModels() throws IOException {
    Path model = folder.resolve("bgr.safetensors");
    Shape input = Shape.of(3, 28, 28);
    var layers = Sequential.of(Rescale.of(1 / 255.0), GlobalAveragePool.of(), Dense.of(3));
    try (Network net = Network.create(layers, input, Device.cpu(), 1)) {
      String weights =
          net.trainable().stream().filter(p -> p.endsWith("/weights")).findFirst().orElseThrow();
      net.state().get(weights).write(new float[] {9, 0, 0, 0, 9, 0, 0, 0, 9});
      net.classes(List.of("blue", "green", "red"));
      net.image(ImageSpec.of(input, Fit.STRETCH).withOrder(ChannelOrder.BGR));
      ModelFile.save(net, model);
    }
    Path image = ColourFolders.image(folder.resolve("red.png"), 0, 1);
    CommandRun predicted = CommandRun.of("predict", "--model", model, image);
    assertEquals("red", predicted.json().get("class").getAsString(), predicted.out());
    Path data = ColourFolders.write(folder.resolve("data"), List.of("red", "green", "blue"), 1, 3);
    CommandRun evaluated = CommandRun.of("evaluate", "--model", model, "--data", data);
    assertEquals(0, evaluated.code(), evaluated.err());
    assertEquals(1.0, evaluated.json().get("accuracy").getAsDouble());
    CommandRun described = CommandRun.of("describe", "--model", model);
    assertTrue(described.out().contains("classes [blue, green, red]"), described.out());
    assertTrue(described.out().contains("images 3x28x28 BGR, fit STRETCH"), described.out());
  }

  /** Models of older files have no names: numbers are compared, and that is said. */
  @Test
  void aModelWithoutNamesAnswersInNumbers() throws IOException {
    Path model = folder.resolve("plain.safetensors");
    var layers = Sequential.of(Rescale.of(1 / 255.0), GlobalAveragePool.of(), Dense.of(3));
    try (Network net = Network.create(layers, Shape.of(3, 28, 28), Device.cpu(), 1)) {
      ModelFile.save(net, model);
    }
    Path image = ColourFolders.image(folder.resolve("red.png"), 0, 1);
    CommandRun predicted = CommandRun.of("predict", "--model", model, image);
    assertTrue(predicted.json().get("class").getAsJsonPrimitive().isNumber(), predicted.out());
    Path data = ColourFolders.write(folder.resolve("data"), List.of("cat", "dog"), 1, 3);
    CommandRun evaluated = CommandRun.of("evaluate", "--model", model, "--data", data);
    assertEquals(0, evaluated.code(), evaluated.err());
    assertTrue(evaluated.err().contains("compared by number"), evaluated.err());
  }

  @Test
  void checkpointsHaveTheNames() throws IOException {
    Path data = ColourFolders.write(folder.resolve("data"), List.of("cat", "dog"), 6, 2);
    Path kept = folder.resolve("kept");
    List<Object> options =
        List.of("--size", 28, "--schedule", "constant", "--checkpoint", kept, "--resume");
    Object[] train =
        Stream.concat(Stream.of("train", "lenet", "--data", data, "--epochs", 1), options.stream())
            .toArray();
    assertEquals(0, CommandRun.of(train).code());
    Path latest = kept.resolve("latest.safetensors");
    assertEquals(
        List.of("cat", "dog"),
        names(Safetensors.open(latest).metadata().get("portafilter.classes")));
    train[5] = 2;
    CommandRun again = CommandRun.of(train);
    assertEquals(0, again.code(), again.err());
    CommandRun evaluated = CommandRun.of("evaluate", "--model", latest, "--data", data);
    assertEquals(0, evaluated.code(), evaluated.err());
    Path other = ColourFolders.write(folder.resolve("other"), List.of("cat", "yak"), 6, 2);
    train[3] = other;
    train[5] = 3;
    CommandRun refused = CommandRun.of(train);
    assertEquals(1, refused.code(), refused.out());
    assertTrue(refused.err().contains("[cat, dog]"), refused.err());
    assertTrue(refused.err().contains("[cat, yak]"), refused.err());
  }
}
