package org.portafilter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.view.CurvePlot;

/** What a machine reads is the same in every locale, and needs neither terminal nor display. */
@Tag("unit")
@Tag("slow")
class StreamsTest {
  private static final Map<String, String> PLAIN_C =
      Map.of("LC_ALL", "C", "LANG", "C", "LANGUAGE", "C");

  @TempDir Path folder;

  /** A path by its bytes, which this JVM's locale need not be able to say. */
  private Path path(String name) {
    String escaped =
        name.codePoints()
            .mapToObj(
                c ->
                    c < 128
                        ? Character.toString(c)
                        : percent(Character.toString(c).getBytes(StandardCharsets.UTF_8)))
            .collect(Collectors.joining());
    return Path.of(URI.create(folder.toUri() + escaped));
  }

  private static String percent(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      text.append(String.format(Locale.ROOT, "%%%02X", b & 255));
    }
    return text.toString();
  }

  @Test
  void namesSurviveThePlainLocale() throws IOException, InterruptedException {
    List<String> classes = List.of("Hund", "Katze-ä", "猫");
    for (String part : List.of("train", "test")) {
      for (int i = 0; i < classes.size(); i++) {
        Path images = Files.createDirectories(path("data/" + part + "/" + classes.get(i)));
        // Java's own image writer takes no such path in every locale: write beside, then move.
        for (int k = 0; k < 8; k++) {
          Path image = ColourFolders.image(folder.resolve("image.png"), i, k);
          Files.move(image, images.resolve(k + ".png"));
        }
      }
    }
    ColourFolders.image(folder.resolve("cat.png"), 1, 99);
    CommandRun trained =
        CommandRun.inChild(
            folder,
            PLAIN_C,
            List.of(),
            "train",
            "lenet",
            "--data",
            "data",
            "--size",
            28,
            "--epochs",
            15,
            "--batch",
            8,
            "--schedule",
            "constant",
            "--save",
            "model");
    assertEquals(0, trained.code(), trained.err());
    assertEquals(1.0, trained.json().get("test_accuracy").getAsDouble());
    CommandRun predicted =
        CommandRun.inChild(folder, PLAIN_C, List.of(), "predict", "--model", "model", "cat.png");
    assertEquals(0, predicted.code(), predicted.err());
    assertEquals("Katze-ä", predicted.json().get("class").getAsString(), predicted.out());
    CommandRun confused =
        CommandRun.inChild(
            folder,
            PLAIN_C,
            List.of(),
            "evaluate",
            "--model",
            "model",
            "--data",
            "data",
            "--confusion");
    assertEquals(0, confused.code(), confused.err());
    assertTrue(confused.out().contains("1 Katze-ä"), confused.out());
    assertEquals(1.0, confused.json().get("accuracy").getAsDouble());
  }

  /** Java itself cannot say such a name in this locale. */
  @Test
  void aNameTheLocaleCannotSayIsExplained() throws IOException, InterruptedException {
    assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")), "passes the name on");
    CommandRun refused =
        CommandRun.inChild(folder, PLAIN_C, List.of(), "predict", "--model", "model", "\u00e4.png");
    assertEquals(2, refused.code(), refused.err());
    assertTrue(refused.err().contains("set LC_ALL=C.UTF-8"), refused.err());
  }

  /** Arabic digits are for readers, not for parsers. */
  @Test
  void numbersAreWrittenInDigitsAParserReads() throws IOException, InterruptedException {
    IdxFolder.write(folder, 32, 8);
    List<String> arabic =
        List.of("-Duser.language=ar", "-Duser.country=EG", "-Duser.extensions=u-nu-arab");
    CommandRun trained =
        CommandRun.inChild(
            folder,
            Map.of(),
            arabic,
            "train",
            "lenet",
            "--data",
            ".",
            "--epochs",
            1,
            "--save",
            "model",
            "--history",
            "h.json",
            "--validation",
            0.25);
    assertEquals(0, trained.code(), trained.err());
    Files.writeString(folder.resolve("text"), trained.out() + trained.err());
    CommandRun described =
        CommandRun.inChild(folder, Map.of(), arabic, "describe", "--model", "model");
    CommandRun doctor = CommandRun.inChild(folder, Map.of(), arabic, "doctor");
    CommandRun confused =
        CommandRun.inChild(
            folder, Map.of(), arabic, "evaluate", "--model", "model", "--data", ".", "--confusion");
    CommandRun refused =
        CommandRun.inChild(folder, Map.of(), arabic, "train", "lenet", "--epochs", 0);
    for (CommandRun run : List.of(trained, described, doctor, confused, refused)) {
      String text = run.out() + run.err();
      assertTrue(text.matches("(?s)\\p{ASCII}*"), text);
      assertTrue(text.matches("(?s).*[0-9].*"), text);
    }
    assertTrue(Files.readString(folder.resolve("h.json")).matches("(?s)\\p{ASCII}*"));
  }

  /** Also where the program around the command line has set such a locale. */
  @Test
  void tablesAreInTheSameDigits() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      CommandRun run = CommandRun.of("describe", "lenet", "--batch", 3);
      String table = run.out().substring(0, run.out().indexOf("state of"));
      assertTrue(table.matches("(?s)\\p{ASCII}*431,080 parameters\\p{ASCII}*"), table);
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void picturesNeedNoDisplay() throws IOException, InterruptedException {
    IdxFolder.write(folder, 32, 8);
    CommandRun run =
        CommandRun.inChild(
            folder,
            Map.of("DISPLAY", ":99"),
            List.of(),
            "train",
            "lenet",
            "--data",
            ".",
            "--epochs",
            1,
            "--plot",
            "curve.png");
    assertEquals(0, run.code(), run.err());
    assertEquals(
        0x89504e47, ByteBuffer.wrap(Files.readAllBytes(folder.resolve("curve.png"))).getInt());
  }

  /** A program of one's own that draws. */
  static final class Drawing {
    public static void main(String[] args) {
      CurvePlot.requireDrawing();
      System.out.println("drawn");
    }
  }

  @Test
  void noProgramNeedsADisplayForPictures() throws IOException, InterruptedException {
    Path out = folder.resolve("out");
    List<String> command = CommandRun.command(List.of());
    command.set(command.size() - 1, Drawing.class.getName());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("DISPLAY", ":99");
    assertEquals(0, builder.redirectOutput(out.toFile()).start().waitFor(), Files.readString(out));
    assertEquals("drawn", Files.readString(out).strip());
  }

  @Test
  void aResultThatCannotBePrintedIsAFailure() throws IOException, InterruptedException {
    assumeTrue(Files.exists(Path.of("/dev/full")));
    IdxFolder.write(folder, 32, 8);
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(
                CommandRun.command(List.of(), "train", "lenet", "--data", folder, "--epochs", 1))
            .redirectOutput(Path.of("/dev/full").toFile())
            .redirectError(err.toFile());
    assertEquals(1, builder.start().waitFor(), Files.readString(err));
    assertTrue(Files.readString(err).contains("standard output"), Files.readString(err));
  }

  /** What {@code script} gives the child: a terminal for all three streams. */
  private String onATerminal(Path where, String redirection)
      throws IOException, InterruptedException {
    Path script = Path.of("/usr/bin/script");
    assumeTrue(Files.isExecutable(script), "needs the program script");
    List<String> java =
        CommandRun.command(List.of(), "train", "lenet", "--data", where, "--epochs", 2);
    String line = java.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
    ProcessBuilder builder =
        new ProcessBuilder(script.toString(), "-qec", line + " " + redirection, "/dev/null")
            .directory(where.toFile())
            .redirectErrorStream(true)
            .redirectOutput(where.resolve("screen").toFile());
    builder.environment().put("TERM", "xterm");
    Process process = builder.start();
    assertEquals(0, process.waitFor(), Files.readString(where.resolve("screen")));
    return Files.readString(where.resolve("screen"));
  }

  @Test
  void aLogIsPlainLinesThoughThereIsATerminal() throws IOException, InterruptedException {
    IdxFolder.write(folder, 32, 8);
    onATerminal(folder, "2> log");
    String log = Files.readString(folder.resolve("log"));
    assertTrue(log.contains("epoch 2/2"), log);
    assertFalse(log.contains("\r") || log.contains("\033"), log);
    JsonObject printed =
        JsonParser.parseString(Files.readString(folder.resolve("screen")).strip())
            .getAsJsonObject();
    assertEquals(2, printed.get("epochs").getAsInt());
  }

  @Test
  void aTerminalHasABarThoughTheResultIsRedirected() throws IOException, InterruptedException {
    IdxFolder.write(folder, 32, 8);
    String screen = onATerminal(folder, "> result < /dev/null");
    assertTrue(screen.contains("\033[K"), screen);
    assertEquals(
        2,
        JsonParser.parseString(Files.readString(folder.resolve("result")).strip())
            .getAsJsonObject()
            .get("epochs")
            .getAsInt());
  }
}
