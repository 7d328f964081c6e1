package org.portafilter.pins;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.data.Batches;
import org.portafilter.data.DrawnDigits;
import org.portafilter.io.ModelFile;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.BatchNorm;
import org.portafilter.nn.Conv2d;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Dropout;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.LayerContractTest;
import org.portafilter.nn.LayerContractTest.Promise;
import org.portafilter.nn.MaxPool;
import org.portafilter.nn.Network;
import org.portafilter.nn.Predictor;
import org.portafilter.nn.Relu;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.optim.Adam;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.testkit.Draw;
import org.portafilter.testkit.TestDevice;
import org.portafilter.train.Checkpoints;
import org.portafilter.train.Trainer;

/** Model files and a checkpoint as the first release writes them: they load, predict, resume. */
@Tag("layer")
class GoldenFilesTest {
  private static final Path MODELS = Pins.FOLDER.resolve("models");
  private static final Path CHECKPOINT = Pins.FOLDER.resolve("checkpoint");

  /** Other instruction sets sum in other orders. */
  private static final double SINGLE = 1e-5;

  private static final Batches DIGITS = DrawnDigits.split(66, 10, 1).train().batches(20);

  /** The first numbers that a network gives for known input, and the mean size of all. */
  private static double[] answer(Network net) {
    int count = (int) net.input().count();
    double[] drawn = Draw.uniform("golden", count);
    float[] answer;
    try (Predictor predictor = net.session(1)) {
      if (net.preferredInput() == DType.UINT8) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
          bytes[i] = (byte) Math.round(255 * Math.abs(drawn[i]) % 256);
        }
        answer = predictor.predict(bytes);
      } else {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
          values[i] = (float) drawn[i];
        }
        answer = predictor.predict(values);
      }
    }
    double[] some = new double[Math.min(answer.length, 12) + 1];
    for (int i = 0; i < answer.length; i++) {
      some[0] += Math.abs(answer[i]) / answer.length;
      if (i + 1 < some.length) {
        some[i + 1] = answer[i];
      }
    }
    return some;
  }

  private static String name(int index, Promise promise) {
    return String.format(Locale.ROOT, "%02d-%s", index, promise.layer().getClass().getSimpleName());
  }

  private static void write() throws IOException {
    Files.createDirectories(MODELS);
    List<String> lines = new ArrayList<>();
    List<Promise> promises = LayerContractTest.layers().toList();
    for (int i = 0; i < promises.size(); i++) {
      Promise p = promises.get(i);
      try (Network net = Network.create(p.layer(), p.input(), TestDevice.get(), 5)) {
        StringBuilder line = new StringBuilder(name(i, p));
        for (double value : answer(net)) {
          line.append(' ').append(value);
        }
        lines.add(line.toString());
        ModelFile.save(net, MODELS.resolve(name(i, p) + ".safetensors"));
      }
    }
    Pins.hold("answers.txt.gz", lines);
  }

  @Test
  void everyLayersFileLoadsAndPredicts() throws IOException {
    if (Pins.areWritten()) {
      write();
    }
    List<String> lines = Pins.read(Pins.FOLDER.resolve("answers.txt.gz"));
    for (String line : lines) {
      String[] words = line.split(" ");
      try (Network net =
          ModelFile.load(MODELS.resolve(words[0] + ".safetensors"), TestDevice.get())) {
        double[] got = answer(net);
        assertEquals(words.length - 1, got.length, words[0]);
        double size = Double.parseDouble(words[1]);
        for (int i = 0; i < got.length; i++) {
          double expected = Double.parseDouble(words[i + 1]);
          assertEquals(expected, got[i], SINGLE * (Math.abs(expected) + size), words[0]);
        }
      }
    }
    try (Stream<Path> files = Files.list(MODELS)) {
      assertEquals(files.count(), lines.size());
    }
    assertTrue(lines.size() >= 50, "files: " + lines.size());
  }

  private static Layer layers() {
    return Sequential.of(
        Rescale.of(1 / 255.0),
        Conv2d.of(4, 5),
        BatchNorm.of(),
        Relu.of(),
        MaxPool.of(4),
        Flatten.of(),
        Dropout.of(0.25),
        Dense.of(10));
  }

  /** Trains up to so many epochs and returns the last loss. */
  private static double train(Path folder, int epochs) {
    try (Network net = Network.create(layers(), Shape.of(1, 28, 28), TestDevice.get(), 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3)).seed(3)) {
      trainer.checkpoints(Checkpoints.in(folder));
      boolean resumed = trainer.resume(folder, DIGITS);
      assertEquals(epochs > 1, resumed, "whether a checkpoint was there");
      trainer.fit(DIGITS, epochs);
      return trainer.history().epochs().get(epochs - 1).get("train_loss");
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName().toString()));
      }
    }
  }

  @Test
  void aCheckpointResumes(@TempDir Path folder) throws IOException {
    Path loss = Pins.FOLDER.resolve("resumed-loss.txt");
    if (Pins.areWritten()) {
      train(folder.resolve("first"), 1);
      copy(folder.resolve("first"), CHECKPOINT);
    }
    copy(CHECKPOINT, folder.resolve("run"));
    double got = train(folder.resolve("run"), 2);
    if (Pins.areWritten()) {
      Files.writeString(loss, got + "\n");
    }
    double expected = Double.parseDouble(Files.readString(loss).strip());
    // A step's loss is itself a sum that rounds, and the second epoch has four.
    assertEquals(expected, got, 1e-4);
  }
}
