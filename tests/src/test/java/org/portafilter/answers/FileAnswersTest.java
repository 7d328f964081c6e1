package org.portafilter.answers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.data.Batches;
import org.portafilter.data.DrawnDigits;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Network;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.optim.Adam;
import org.portafilter.optim.Optimizer;
import org.portafilter.optim.Sgd;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.train.Checkpoints;
import org.portafilter.train.Trainer;

/** Model files and checkpoints that cannot be read or written. */
@Tag("answer")
class FileAnswersTest {
  private static final Batches DIGITS = DrawnDigits.split(64, 1, 1).train().batches(32);
  private static final Layer SMALL =
      Sequential.of(Rescale.of(1 / 255.0), Flatten.of(), Dense.of(10));
  private static final Layer LARGER =
      Sequential.of(Rescale.of(1 / 255.0), Flatten.of(), Dense.of(64), Relu.of(), Dense.of(10));

  @TempDir Path folder;
  private Path model;

  private static Network network(Layer layer) {
    return Network.create(layer, Shape.of(1, 28, 28), Device.cpu(), 1);
  }

  @BeforeEach
  void save() {
    model = folder.resolve("model.safetensors");
    try (Network net = network(SMALL)) {
      ModelFile.save(net, model);
    }
  }

  private void load(String name, byte[] bytes) throws IOException {
    ModelFile.load(Files.write(folder.resolve(name), bytes), Device.cpu()).close();
  }

  @Test
  void damagedModels() throws IOException {
    byte[] whole = Files.readAllBytes(model);
    Answers.expect(
        "a missing model", () -> ModelFile.load(folder.resolve("none"), Device.cpu()), "no such");
    Answers.expect(
        "a truncated model",
        () -> load("cut", Arrays.copyOf(whole, whole.length - 100)),
        "cut",
        "safetensors");
    Answers.expect(
        "a foreign file", () -> load("foreign", "hello, world".getBytes()), "foreign", "header");
    byte[] tensors = "\2\0\0\0\0\0\0\0{}".getBytes();
    Answers.expect(
        "tensors without a network", () -> load("tensors", tensors), "without a Portafilter graph");
  }

  private void train(Layer layer, Optimizer optimizer, boolean resume) {
    try (Network net = network(layer);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), optimizer)) {
      trainer.checkpoints(Checkpoints.in(folder));
      if (resume) {
        trainer.resume(folder, DIGITS);
      }
      trainer.fit(DIGITS, 1);
    }
  }

  @Test
  void foreignCheckpoints() {
    train(SMALL, Adam.of(1e-3), false);
    Answers.expect(
        "a checkpoint of another architecture",
        () -> train(LARGER, Adam.of(1e-3), true),
        "latest.safetensors",
        "another architecture");
    Answers.expect(
        "a checkpoint of another optimizer",
        () -> train(SMALL, Sgd.of(0.1).withMomentum(0.9), true),
        "use the same optimizer");
    Answers.expect(
        "a checkpoint of another learning rate",
        () -> train(SMALL, Adam.of(2e-3), true),
        "0.001",
        "0.002");
  }

  @Test
  void unwritablePaths() {
    try (Network net = network(SMALL)) {
      Answers.expect(
          "a save into a missing folder",
          () -> ModelFile.save(net, folder.resolve("none/model.safetensors")),
          "none",
          "does not exist");
      Answers.expect(
          "a save where nobody may write",
          () -> ModelFile.save(net, Path.of("/proc/model.safetensors")),
          "/proc/model.safetensors",
          "cannot be written");
      try (Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(0.1))) {
        trainer.checkpoints(Checkpoints.in(model.resolve("inside")));
        Answers.expect(
            "a checkpoint folder that cannot be",
            () -> trainer.fit(DIGITS, 1),
            "model.safetensors/inside",
            "cannot be made");
      }
    }
  }

  /** Run in a process of its own, whose files may have 8 KiB. */
  public static final class SaveOver {
    private SaveOver() {}

    /** Saves a larger model over the file given; prints the answer. */
    public static void main(String[] args) {
      try (Network net = network(LARGER)) {
        ModelFile.save(net, Path.of(args[0]));
      } catch (PortafilterException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @Test
  void fullDisk() throws IOException, InterruptedException {
    byte[] before = Files.readAllBytes(model);
    String command =
        "ulimit -f 8; exec \"$0\" -XX:-UsePerfData -cp \"$1\" '%s' \"$2\""
            .formatted(SaveOver.class.getName());
    Process process =
        new ProcessBuilder(
                "bash",
                "-c",
                command,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                System.getProperty("java.class.path"),
                model.toString())
            .redirectErrorStream(true)
            .redirectOutput(new File(folder.toFile(), "out"))
            .start();
    // The redirected output is a file too, and short enough.
    process.waitFor();
    String printed = Files.readString(folder.resolve("out"));
    Answers.require("a save that the system cuts short", printed, "cannot be written");
    assertArrayEquals(before, Files.readAllBytes(model), "the old file stays whole");
    try (Stream<Path> left = Files.list(folder)) {
      List<String> names = left.map(p -> p.getFileName().toString()).sorted().toList();
      assertEquals(List.of("model.safetensors", "out"), names, "no temporary file stays");
    }
  }
}
