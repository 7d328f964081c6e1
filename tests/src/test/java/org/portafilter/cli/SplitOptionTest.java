package org.portafilter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code --validation} holds out. */
@Tag("unit")
class SplitOptionTest {
  /** Images lie sorted by class: a validation set cut off their end would be the last classes. */
  @Test
  void everyClassIsTrained(@TempDir Path folder) throws IOException {
    Path data = ColourFolders.write(folder, List.of("blue", "green", "red", "yellow"), 16, 4);
    CommandRun run =
        CommandRun.of(
            "train",
            "lenet",
            "--data",
            data,
            "--size",
            28,
            "--validation",
            0.25,
            "--epochs",
            12,
            "--batch",
            16,
            "--schedule",
            "constant");
    assertEquals(0, run.code(), run.err());
    assertEquals(1.0, run.json().get("test_accuracy").getAsDouble(), run.err());
  }

  @Test
  void theSeedDrawsTheValidationSet(@TempDir Path folder) throws IOException {
    Path data = ColourFolders.write(folder, List.of("blue", "green"), 16, 2);
    String first = validationOf(data, 1);
    assertEquals(first, validationOf(data, 1));
    assertTrue(!first.equals(validationOf(data, 2)), "another seed draws other images");
  }

  /** The validation loss after one step that learns next to nothing tells which images it was. */
  private static String validationOf(Path data, int seed) {
    CommandRun run =
        CommandRun.of(
            "train",
            "lenet",
            "--data",
            data,
            "--size",
            28,
            "--validation",
            0.25,
            "--epochs",
            1,
            "--seed",
            seed,
            "--lr",
            1e-12);
    assertEquals(0, run.code(), run.err());
    return run.err()
        .lines()
        .filter(l -> l.contains("validation_loss"))
        .findFirst()
        .orElseThrow()
        .replaceAll(".*(validation_loss [0-9.]+).*", "$1");
  }

  @Test
  void aShareOfNothingIsRefused(@TempDir Path folder) throws IOException {
    Path data = ColourFolders.write(folder, List.of("blue", "green"), 4, 1);
    for (double share : new double[] {0.01, 0.99}) {
      CommandRun run =
          CommandRun.of("train", "lenet", "--data", data, "--size", 28, "--validation", share);
      assertEquals(1, run.code(), run.out());
      assertTrue(run.err().startsWith("portafilter: --validation " + share), run.err());
      assertTrue(run.err().contains("8 training images"), run.err());
    }
  }
}
