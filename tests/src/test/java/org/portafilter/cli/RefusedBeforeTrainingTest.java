package org.portafilter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot end well is refused before the first step, by the option that asked for it. */
@Tag("answer")
class RefusedBeforeTrainingTest {
  @TempDir Path folder;
  private Path data;

  @BeforeEach
  void data() throws IOException {
    data = IdxFolder.write(Files.createDirectories(folder.resolve("data")), 32, 8);
  }

  private static void refused(int code, List<String> words, Object... arguments) {
    CommandRun run = CommandRun.of(arguments);
    System.out.println("answer to " + List.of(arguments) + ":\n    " + run.err().strip());
    assertEquals(code, run.code(), run.out() + run.err());
    assertTrue(run.err().startsWith("portafilter: "), run.err());
    assertEquals(1, run.err().strip().lines().count(), run.err());
    assertFalse(run.err().contains("epoch 1/"), run.err());
    assertFalse(run.err().contains("null"), run.err());
    for (String word : words) {
      assertTrue(run.err().contains(word), word + ": " + run.err());
    }
    assertEquals("", run.out());
  }

  private void train(List<String> words, Object... options) {
    List<Object> arguments = new ArrayList<>(List.of("train", "lenet", "--data", data));
    arguments.addAll(List.of(options));
    refused(1, words, arguments.toArray());
  }

  @Test
  void filesThatCannotBeWritten() throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("file"), "a file");
    Path pipe = folder.resolve("pipe");
    new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();
    Path parts = Files.createDirectories(folder.resolve("a-folder"));
    for (String option : List.of("--save", "--history", "--plot")) {
      train(List.of(option + " " + parts, "is a folder"), option, parts);
      train(List.of(option, "does not exist"), option, folder.resolve("no").resolve("x"));
      train(List.of(option, "is not a folder"), option, file.resolve("x"));
      train(List.of(option, "is a folder"), option, "");
      train(List.of(option, "is a folder"), option, "/");
      train(List.of(option, "no regular file"), option, pipe);
      train(List.of(option, "cannot be written"), option, "/proc/none.png");
      train(List.of(option, "cannot be written"), option, folder.resolve("n".repeat(300)));
    }
    train(List.of("--checkpoint", "is a file"), "--checkpoint", file);
    train(List.of("--checkpoint", "is a file"), "--checkpoint", file.resolve("deeper/still"));
    train(List.of("--checkpoint", "cannot be"), "--checkpoint", "/proc/none");
    Path taken = folder.resolve("taken");
    Files.createDirectories(taken.resolve("latest.safetensors"));
    train(List.of("--checkpoint", "latest.safetensors in it is a folder"), "--checkpoint", taken);
    assertEquals("a file", Files.readString(file));
  }

  @Test
  void twoResultsInOneFile() throws IOException {
    Files.createDirectories(folder.resolve("y"));
    Path file = folder.resolve("x");
    train(List.of("--save", "--history", "same file"), "--save", file, "--history", file);
    train(
        List.of("--history", "--plot", "same file"),
        "--history",
        file,
        "--plot",
        folder.resolve("y").resolve("..").resolve("x"));
  }

  @Test
  void numbersThatCannotBe() {
    for (Object[] bad :
        new Object[][] {
          {"--epochs", 0},
          {"--epochs", -1},
          {"--batch", 0},
          {"--batch", -3},
          {"--batch", 2_000_000_000},
          {"--lr", 0},
          {"--lr", -1},
          {"--lr", "NaN"},
          {"--lr", "Infinity"},
          {"--clip-norm", -1},
          {"--clip-norm", "NaN"},
          {"--clip-norm", "Infinity"},
          {"--validation", 1},
          {"--validation", -0.1},
          {"--validation", "NaN"},
          {"--threads", -1},
          {"--threads", 5000},
          {"--memory", 0},
          {"--memory", -5},
          {"--size", 0},
          {"--size", -28},
          {"--size", 100_000},
          {"--patience", -1},
          {"--checkpoint-steps", -1},
          {"--checkpoint-last", -1},
          {"--schedule", "linear"}
        }) {
      train(List.of(bad[0] + " ", bad[1].toString()), bad);
    }
  }

  @Test
  void aStepThatDoesNotFitIntoTheMemory() {
    CommandRun run = CommandRun.of("train", "lenet", "--data", data, "--memory", 1000);
    assertEquals(1, run.code(), run.out());
    assertTrue(run.err().contains("the budget is 1,000"), run.err());
    assertFalse(run.err().contains("epoch"), run.err());
  }

  @Test
  void optionsThatNeedOthers() {
    train(List.of("--resume needs --checkpoint"), "--resume");
    train(List.of("--checkpoint-steps 3 needs --checkpoint"), "--checkpoint-steps", 3);
    train(List.of("--checkpoint-last 3 needs --checkpoint"), "--checkpoint-last", 3);
    train(List.of("--patience", "--validation"), "--patience", 2);
    train(List.of("--size 32", "28 x 28"), "--size", 32);
    train(List.of("--fit", "EXACT"), "--fit", "crop");
    train(List.of("--validation 0.001", "32 training images"), "--validation", 0.001);
    train(List.of("--bfloat16 is for GPUs"), "--bfloat16");
    train(List.of("--float16 is for GPUs"), "--float16");
    train(List.of("contradict"), "--strict", "--float16");
  }

  @Test
  void dataThatDoNotFit() throws IOException {
    refused(1, List.of("no such folder"), "train", "lenet", "--data", folder.resolve("none"));
    refused(
        1,
        List.of("--data", "is a file"),
        "train",
        "lenet",
        "--data",
        Files.writeString(folder.resolve("file"), "text"));
    Path images = ColourFolders.write(folder.resolve("images"), List.of("a", "b"), 2, 1);
    refused(1, List.of("--size"), "train", "lenet", "--data", images);
    refused(1, List.of("window 5x5"), "train", "lenet", "--data", images, "--size", 2);
    refused(1, List.of("[0, 1]", "8, 9]"), "train", "lenet", "--data", digitsUnevenly());
  }

  /** The test images have a digit that the training images lack. */
  private Path digitsUnevenly() throws IOException {
    Path uneven = IdxFolder.write(Files.createDirectories(folder.resolve("uneven")), 4, 200);
    Path labels = uneven.resolve("train-labels-idx1-ubyte");
    byte[] bytes = Files.readAllBytes(labels);
    Arrays.fill(bytes, 8, bytes.length, (byte) 1);
    Files.write(labels, bytes);
    return uneven;
  }

  @Test
  void modelsComeBeforeData() {
    Path none = folder.resolve("none");
    refused(1, List.of(none + ": no such file"), "evaluate", "--model", none, "--data", none);
    refused(1, List.of("--batch ", "got 0"), "evaluate", "--model", none, "--batch", 0);
    refused(1, List.of("--batch"), "evaluate", "--model", none, "--batch", 2_000_000_000);
    refused(1, List.of("no device 'gpu'"), "evaluate", "--model", none, "--device", "gpu");
    refused(1, List.of("no device 'gpu'"), "evaluate", "--model", none, "--against", "gpu");
    refused(1, List.of("no device 'gpu'"), "train", "lenet", "--data", none, "--device", "gpu");
    refused(1, List.of("--batch ", "got 0"), "describe", "lenet", "--batch", 0);
    refused(1, List.of("--batch"), "describe", "lenet", "--batch", 2_000_000_000);
    refused(1, List.of("densenet"), "describe", "densenet");
    refused(1, List.of("densenet"), "train", "densenet", "--data", none);
    refused(1, List.of(folder.toString(), "is a folder"), "describe", "--model", folder);
    refused(1, List.of(folder.toString(), "is a folder"), "predict", "--model", folder, "a.png");
  }
}
