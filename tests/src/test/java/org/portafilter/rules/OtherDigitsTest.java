package org.portafilter.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import org.portafilter.data.Dataset;
import org.portafilter.device.Device;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Network;
import org.portafilter.nn.Sequential;
import org.portafilter.optim.Sgd;
import org.portafilter.shape.Shape;
import org.portafilter.train.Checkpoints;
import org.portafilter.train.Trainer;

/** What is written and read is the same where numbers are written with other digits. */
@Tag("unit")
@Tag("slow")
class OtherDigitsTest {
  /** Every test of files, and of what is printed about numbers. */
  private static final List<String> TESTS =
      List.of(
          "org.portafilter.io.FilesTest",
          "org.portafilter.io.SafetensorsTest",
          "org.portafilter.io.WritersTest",
          "org.portafilter.train.HistoryTest",
          "org.portafilter.answers.FileAnswersTest",
          "org.portafilter.onnx.OnnxFileTest",
          "org.portafilter.plan.TuningTest",
          "org.portafilter.shape.ShapeTest");

  private static String run(String language, String country, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx1g",
            "-Duser.language=" + language,
            "-Duser.country=" + country,
            "-Dportafilter.root=" + System.getProperty("portafilter.root"),
            "-cp",
            System.getProperty("java.class.path"),
            main.getName()));
    command.addAll(Arrays.asList(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  @ParameterizedTest
  @ValueSource(strings = {"ar-EG", "fa-IR", "ne-NP", "my-MM"})
  void checkpointsHaveTheSameNames(String locale, @TempDir Path folder)
      throws IOException, InterruptedException {
    String output =
        run(
            locale.substring(0, 2),
            locale.substring(3),
            ThreeEpochs.class,
            folder.resolve("checkpoints").toString());
    assertTrue(output.contains("resumed"), output);
    try (Stream<Path> files = Files.list(folder.resolve("checkpoints"))) {
      assertEquals(
          List.of(
              "epoch-0002.safetensors",
              "epoch-0003.safetensors",
              "history.csv",
              "history.json",
              "latest.safetensors"),
          files.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  /** Trains, stops, resumes, and writes what it saw, into the folder given. */
  public static final class ThreeEpochs {
    private ThreeEpochs() {}

    /** Takes the folder. */
    public static void main(String[] args) {
      if ("3".equals(String.format(Locale.getDefault(), "%d", 3))) {
        throw new AssertionError("this JDK knows no other digits for " + Locale.getDefault());
      }
      Path folder = Path.of(args[0]);
      Dataset data = Dataset.of(new float[8], Shape.of(2), new int[] {0, 1, 0, 1});
      for (int epochs : new int[] {2, 3}) {
        try (Network net =
                Network.create(Sequential.of(Dense.of(2)), Shape.of(2), Device.cpu(1), 1);
            Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(0.1))) {
          trainer.checkpoints(Checkpoints.in(folder).withLast(2));
          if (epochs == 3) {
            trainer.resume(folder, data.batches(2));
            System.out.println("resumed");
          }
          trainer.fit(data.batches(2), epochs);
          trainer.history().save(folder.resolve("history.csv"));
          trainer.history().save(folder.resolve("history.json"));
        }
      }
    }
  }

  /** By a JVM of its own, because a locale is for a whole process. */
  @org.junit.jupiter.api.Test
  void theTestsOfFilesPass() throws IOException, InterruptedException {
    String output = run("ar", "EG", Suite.class);
    System.out.println(output.lines().filter(l -> l.startsWith("under ")).findFirst().orElse(""));
    assertTrue(output.contains("under ar_EG: "), output);
  }

  /** Runs the tests of files; fails when one does. */
  public static final class Suite {
    private Suite() {}

    /** Takes nothing. */
    public static void main(String[] args) throws ClassNotFoundException {
      List<DiscoverySelector> tests = new ArrayList<>();
      for (String name : TESTS) {
        tests.add(selectClass(Class.forName(name)));
      }
      LauncherDiscoveryRequest request =
          LauncherDiscoveryRequestBuilder.request().selectors(tests).build();
      SummaryGeneratingListener listener = new SummaryGeneratingListener();
      LauncherFactory.create().execute(request, listener);
      TestExecutionSummary summary = listener.getSummary();
      summary.printFailuresTo(new PrintWriter(System.out, true));
      System.out.println(
          "under " + Locale.getDefault() + ": " + summary.getTestsSucceededCount() + " tests");
      boolean good = summary.getTestsFailedCount() == 0 && summary.getTestsSucceededCount() > 50;
      System.exit(good ? 0 : 1);
    }
  }
}
