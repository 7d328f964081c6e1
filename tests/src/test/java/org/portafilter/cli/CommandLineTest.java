package org.portafilter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.data.DrawnDigits;
import org.portafilter.data.ImageFile;
import org.portafilter.shape.Shape;

/** The command line as a user meets it: outputs, exit codes, messages. */
@Tag("unit")
class CommandLineTest {
  @Test
  void trainPredictDescribe(@TempDir Path folder) throws IOException {
    Path model = folder.resolve("model.safetensors");
    Path history = folder.resolve("history.json");
    CommandRun trained =
        CommandRun.of(
            "train",
            "lenet",
            "--data",
            IdxFolder.write(folder, 1000, 200),
            "--schedule",
            "constant",
            "--epochs",
            3,
            "--save",
            model,
            "--history",
            history);
    assertEquals(0, trained.code(), trained.err());
    JsonObject summary = trained.json();
    for (String key :
        new String[] {
          "train_loss", "test_accuracy", "epochs", "seconds", "images_per_second", "peak_plan_bytes"
        }) {
      assertTrue(summary.has(key), key);
    }
    assertEquals(3, summary.get("epochs").getAsInt());
    assertTrue(summary.get("test_accuracy").getAsDouble() > 0.8, trained.out());
    assertEquals(3, JsonParser.parseString(Files.readString(history)).getAsJsonArray().size());

    CommandRun evaluated =
        CommandRun.of("evaluate", "--model", model, "--data", folder, "--batch", 64);
    assertEquals(
        summary.get("test_accuracy").getAsDouble(),
        JsonParser.parseString(evaluated.out()).getAsJsonObject().get("accuracy").getAsDouble());

    Path image = folder.resolve("digit.png");
    ImageFile.write(image, DrawnDigits.split(1000, 200, 1).test().image(0), Shape.of(1, 28, 28));
    CommandRun predicted = CommandRun.of("predict", "--model", model, image, image);
    assertEquals(0, predicted.code(), predicted.err());
    assertEquals(2, predicted.out().lines().filter(l -> l.contains("\"class\": \"")).count());

    CommandRun twice =
        CommandRun.of("evaluate", "--model", model, "--data", folder, "--against", "cpu");
    assertEquals(
        1.0, JsonParser.parseString(twice.out()).getAsJsonObject().get("agreement").getAsDouble());

    CommandRun confused =
        CommandRun.of("evaluate", "--model", model, "--data", folder, "--confusion");
    assertTrue(confused.out().contains("precision  recall"), confused.out());

    CommandRun described = CommandRun.of("describe", "--model", model, "--json");
    assertEquals(
        431_080,
        JsonParser.parseString(described.out()).getAsJsonObject().get("parameters").getAsInt());
    CommandRun table = CommandRun.of("describe", "resnet20", "--batch", 8);
    assertTrue(table.out().contains("stage3/block3"), table.out());
  }

  private static void fails(int code, String word, Object... arguments) {
    CommandRun result = CommandRun.of(arguments);
    System.out.println("answer to " + List.of(arguments) + ":\n    " + result.err().strip());
    assertEquals(code, result.code(), result.err());
    assertTrue(result.err().contains(word), result.err());
    assertTrue(result.err().startsWith("portafilter: "), result.err());
    assertEquals(1, result.err().strip().lines().count(), result.err());
    assertFalse(result.err().contains("\tat "), result.err());
  }

  @Test
  void errorsAreOneLine(@TempDir Path folder) throws IOException {
    fails(1, "unknown network 'densenet'", "train", "densenet");
    fails(1, "neither IDX files", "train", "lenet", "--data", folder);
    fails(1, "--epochs must be between", "train", "lenet", "--epochs", 0);
    fails(1, "--batch must be between", "train", "lenet", "--batch", -3);
    fails(1, "--lr must be above 0", "train", "lenet", "--lr", -1);
    fails(1, "--schedule must be", "train", "lenet", "--schedule", "linear");
    fails(1, "--resume needs --checkpoint", "train", "lenet", "--resume");
    fails(1, "--patience watches", "train", "lenet", "--patience", 2);
    fails(1, "--validation must be", "train", "lenet", "--validation", 1.5);
    fails(1, "--memory must be", "train", "lenet", "--memory", 0);
    fails(1, "contradict", "train", "lenet", "--strict", "--bfloat16");
    fails(1, "no device 'gpu'", "train", "lenet", "--device", "gpu");
    fails(1, "--threads is for", "train", "lenet", "--device", "cuda", "--threads", 2);
    fails(1, "does not exist", "train", "lenet", "--save", folder.resolve("no").resolve("model"));
    fails(2, "Unknown option", "train", "lenet", "--epoch", 3);
    fails(2, "is not an int", "train", "lenet", "--epochs", "many");
    fails(1, "no such file", "predict", "--model", folder.resolve("none"), "a.png");
    fails(2, "Missing required option", "predict", "a.png");
    fails(1, "either a network's name", "describe");
    Path text = Files.writeString(folder.resolve("text.safetensors"), "this is no model at all");
    fails(1, "not a whole safetensors file", "predict", "--model", text, "a.png");
  }

  @Test
  void theDoctorIsWell() {
    CommandRun result = CommandRun.of("doctor");
    System.out.println(result.out().indent(4));
    assertEquals(0, result.code(), result.out());
    for (String word :
        new String[] {"kernels: ", "openblas: ", "libraries: ", "threads: ", "all well"}) {
      assertTrue(result.out().contains(word), result.out());
    }
  }

  @Test
  void everythingATrainingCanLeave(@TempDir Path folder) throws IOException {
    Path curve = folder.resolve("curve.png");
    Path history = folder.resolve("history.csv");
    Path checkpoints = folder.resolve("checkpoints");
    CommandRun trained =
        CommandRun.of(
            "train",
            "lenet",
            "--data",
            IdxFolder.write(folder, 1000, 200),
            "--epochs",
            2,
            "--validation",
            0.2,
            "--patience",
            5,
            "--clip-norm",
            5,
            "--augment",
            "--plot",
            curve,
            "--history",
            history,
            "--checkpoint",
            checkpoints,
            "--checkpoint-last",
            1);
    assertEquals(0, trained.code(), trained.err());
    assertTrue(Files.size(curve) > 1000);
    assertEquals(3, Files.readAllLines(history).size());
    for (String name : new String[] {"latest", "best", "epoch-0002"}) {
      assertTrue(Files.exists(checkpoints.resolve(name + ".safetensors")), name);
    }
  }

  @Test
  void aResumedRunChangesItsRateWhenAsked(@TempDir Path folder) throws IOException {
    Path data = IdxFolder.write(folder, 400, 100);
    List<Object> train = new ArrayList<>(List.of("train", "lenet", "--data", data));
    train.addAll(List.of("--schedule", "constant", "--checkpoint", folder.resolve("kept")));
    train.addAll(List.of("--validation", 0.2, "--patience", 3, "--restore-best", "--epochs"));
    CommandRun first = CommandRun.of(with(train, 1));
    assertEquals(0, first.code(), first.err());
    assertTrue(first.json().toString().contains("\"notes\":[]"), first.out());
    CommandRun refused = CommandRun.of(with(train, 2, "--resume", "--exact", "--lr", 1e-4));
    assertEquals(1, refused.code(), refused.err());
    assertTrue(refused.err().contains("--keep-moments"), refused.err());
    CommandRun other =
        CommandRun.of(with(train, 2, "--resume", "--exact", "--keep-moments", "--lr", 1e-4));
    assertEquals(0, other.code(), other.err());
    assertTrue(other.err().contains("note on epoch 2: resumed"), other.err());
    assertTrue(
        other.json().toString().contains("learning rate 1.0E-4 instead of 0.001"), other.out());
    fails(1, "--exact and --keep-moments are for --resume", with(train, 2, "--exact"));
    fails(1, "--restore-best is for", "train", "lenet", "--restore-best");
  }

  private static Object[] with(List<Object> words, Object... more) {
    List<Object> all = new ArrayList<>(words);
    all.addAll(List.of(more));
    return all.toArray();
  }
}
