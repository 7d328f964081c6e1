package org.portafilter.natives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The first network of the guide, with fewer images, trains, saves and predicts for users without a
 * name or a home, and where the system speaks otherwise; to the same bits.
 */
@Tag("natives")
@Tag("slow")
class EnvironmentsTest {
  private static final Path ROOT = Path.of(System.getProperty("portafilter.root"));
  private static final Pattern BLOCK = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);
  private static final List<String> ROOMS =
      List.of("shape", "device", "nn", "loss", "optim", "metric", "data", "io", "train", "view");

  /** What the page asks for, and what is enough here. */
  private static final Map<String, String> SHORTER =
      Map.of(
          "split(4_000, 1_000, 42)", "split(200, 50, 42)",
          "batches(250)", "batches(50)",
          "batches(50), 3)", "batches(50), 1)");

  @TempDir static Path shared;
  private static String classPath;
  private static byte[] model;

  @TempDir Path folder;
  private Path home;
  private Path temporary;
  private Path work;

  @BeforeAll
  static void compileAndRunAtHome() throws IOException, InterruptedException {
    OpenClassPath.open(shared);
    Path classes = Files.createDirectory(shared.resolve("page"));
    Path source = Files.writeString(shared.resolve("Page.java"), page());
    String given = System.getProperty("java.class.path");
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-d", classes.toString(), "-cp", given, source.toString());
    assertEquals(0, failed, "the page compiles");
    classPath = classes + ":" + OpenClassPath.copy(shared.resolve("lib"));
    OpenClassPath.open(classes);
    Path at = Files.createDirectory(shared.resolve("plain"));
    start(at, List.of(), Map.of(), "-Dportafilter.cache=" + shared.resolve("cache"));
    model = Files.readAllBytes(at.resolve("lenet.safetensors"));
  }

  /** The program of the page, made shorter. */
  private static String page() throws IOException {
    StringBuilder program = new StringBuilder("import java.nio.file.*;\nimport java.util.*;\n");
    ROOMS.forEach(room -> program.append("import org.portafilter." + room + ".*;\n"));
    program.append("class Page {\n  public static void main(String[] args) throws Exception {\n");
    Matcher block = BLOCK.matcher(Files.readString(ROOT.resolve("docs/1-first-network.md")));
    while (block.find()) {
      program.append(block.group(1));
    }
    String text = program.append("  }\n}\n").toString();
    for (Map.Entry<String, String> change : SHORTER.entrySet()) {
      assertTrue(text.contains(change.getKey()), "the page has " + change.getKey());
      text = text.replace(change.getKey(), change.getValue());
    }
    return text;
  }

  @BeforeEach
  void makeFolders() throws IOException {
    OpenClassPath.open(folder);
    home = openTo(Files.createDirectory(folder.resolve("home")), "rwxrwxrwx");
    temporary = openTo(Files.createDirectory(folder.resolve("tmp")), "rwxrwxrwx");
    work = openTo(Files.createDirectory(folder.resolve("work")), "rwxrwxrwx");
    sh("chmod +t " + temporary);
  }

  private static Path openTo(Path path, String mode) throws IOException {
    return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private static void sh(String command) throws IOException {
    try {
      Process process = new ProcessBuilder("sh", "-c", command).inheritIO().start();
      assertEquals(0, process.waitFor(), command);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static String start(
      Path at, List<String> prefix, Map<String, String> environment, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-Djava.awt.headless=true", "-cp", classPath, "Page"));
    ProcessBuilder builder = new ProcessBuilder(command).directory(at.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
    List.of("HOME", "XDG_CACHE_HOME").forEach(builder.environment()::remove);
    builder.environment().putAll(environment);
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(1, TimeUnit.MINUTES), "it ends");
    return output;
  }

  /** Runs the page, and checks what it leaves. */
  private void runs(
      String where, List<String> prefix, Map<String, String> environment, String... options)
      throws IOException, InterruptedException {
    String output = start(work, prefix, environment, options);
    Matcher guess = Pattern.compile("taken for [0-9], is [0-9]").matcher(output);
    assertTrue(guess.find(), where + " prints:\n" + output);
    assertArrayEquals(model, Files.readAllBytes(work.resolve("lenet.safetensors")), "same bits");
    try (Stream<Path> made = Files.list(work)) {
      List<String> names = made.map(path -> path.getFileName().toString()).sorted().toList();
      assertEquals(List.of("curve.png", "lenet.safetensors"), names);
    }
    System.out.println("the first network, " + where + ": " + guess.group());
  }

  private String[] options(String... more) {
    List<String> options = new ArrayList<>(List.of("-Djava.io.tmpdir=" + temporary));
    options.addAll(List.of(more));
    return options.toArray(new String[0]);
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void underTheLocaleC() throws IOException, InterruptedException {
    runs("LC_ALL=C", List.of(), Map.of("LC_ALL", "C"), options("-Duser.home=" + home));
  }

  @Test
  void whereTheLocaleCannotWriteTheNameOfAFolder() throws IOException, InterruptedException {
    Map<String, String> locale = Map.of("LC_ALL", "C");
    String cache = "export XDG_CACHE_HOME=" + namedByUmlaut();
    runs("a cache of such a name", shell(cache), locale, options("-Duser.home=" + home));
    String homes = "export JAVA_TOOL_OPTIONS=-Duser.home=" + namedByUmlaut();
    runs("a home of such a name", shell(homes), locale, options());
    try (Stream<Path> made = Files.list(folder)) {
      List<String> names = made.map(path -> path.getFileName().toString()).sorted().toList();
      assertEquals(List.of("home", "tmp", "work"), names);
    }
  }

  private String namedByUmlaut() {
    return "$(printf '" + folder + "/\\303\\274')";
  }

  private static List<String> shell(String before) {
    return List.of("sh", "-c", before + "; exec \"$@\"", "sh");
  }

  @Test
  void whereDigitsAreOthers() throws IOException, InterruptedException {
    for (String locale : List.of("ar-EG", "fa-IR", "ne-NP", "my-MM")) {
      String language = locale.substring(0, 2);
      String country = locale.substring(3);
      runs(
          locale,
          List.of(),
          Map.of(),
          options(
              "-Duser.home=" + home, "-Duser.language=" + language, "-Duser.country=" + country));
    }
    runs(
        "ar-EG-u-nu-arab",
        List.of(),
        Map.of(),
        options(
            "-Duser.home=" + home,
            "-Duser.language=ar",
            "-Duser.country=EG",
            "-Duser.extensions=u-nu-arab"));
  }

  @Test
  void withoutANameAndAHome() throws IOException, InterruptedException {
    runs("user 12345", NamelessUser.prefix(), Map.of(), options());
    Path cache = temporary.resolve("portafilter-" + NamelessUser.ID);
    assertEquals("rwx------", mode(cache));
    try (Stream<Path> made = Files.list(temporary)) {
      List<Path> left = made.filter(path -> !path.toString().contains("hsperfdata")).toList();
      assertEquals(List.of(cache), left, "JavaCPP's cache lies in ours");
    }
  }

  @Test
  void withAHomeThatOnlyTheEnvironmentKnows() throws IOException, InterruptedException {
    runs("HOME", NamelessUser.prefix(), Map.of("HOME", home.toString()), options());
    assertEquals("rwx------", mode(home.resolve(".cache/portafilter")));
  }

  @Test
  void withAHomeThatCannotBeWritten() throws IOException, InterruptedException {
    List<String> prefix = NamelessUser.prefix();
    openTo(home, "r-xr-xr-x");
    runs("a read-only home", prefix, Map.of(), options("-Duser.home=" + home));
    Path none = home.resolve("none");
    runs("a home that is not there", prefix, Map.of(), options("-Duser.home=" + none));
    Map<String, String> relative = Map.of("XDG_CACHE_HOME", "cache");
    runs("a relative cache folder", prefix, relative, options("-Duser.home=" + home));
    try (Stream<Path> made = Files.list(home)) {
      assertEquals(0, made.count());
    }
  }

  @Test
  void withLinksToFolders() throws IOException, InterruptedException {
    Path far = openTo(Files.createDirectory(folder.resolve("far")), "rwxrwxrwx");
    Files.createSymbolicLink(home.resolve(".cache"), far);
    runs("a link to a cache", List.of(), Map.of(), options("-Duser.home=" + home));
    assertEquals("rwx------", mode(far.resolve("portafilter")));
  }

  private Path volume(int owner, int group, String mode) throws IOException {
    Path volume = openTo(Files.createDirectory(folder.resolve("volume" + owner + mode)), mode);
    sh("chown " + owner + ":" + group + " " + volume);
    return volume;
  }

  private void runsOn(String where, Path volume) throws IOException, InterruptedException {
    runs(where, NamelessUser.prefix(), Map.of(), options("-Dportafilter.cache=" + volume));
  }

  @Test
  void onVolumes() throws IOException, InterruptedException {
    assumeTrue(NamelessUser.isRoot(), "giving a folder to another user needs root");
    int user = NamelessUser.ID;
    for (Path volume :
        List.of(
            volume(0, 0, "rwxrwxrwx"),
            volume(0, user, "rwxrwxr-x"),
            volume(user, user, "rwxrwxrwx"))) {
      runsOn(volume.getFileName().toString(), volume);
      assertEquals("rwx------", mode(volume.resolve("user-" + user)), "others cannot write there");
    }
    Path own = volume(user, user, "rwxr-xr-x");
    runsOn("a volume of its own", own);
    assertTrue(Files.notExists(own.resolve("user-" + user)));
  }

  @Test
  void whereAnotherUserCouldWriteTheAnswerSaysSo() throws IOException, InterruptedException {
    assumeTrue(NamelessUser.isRoot(), "giving a folder to another user needs root");
    Path others = volume(54321, 54321, "rwxrwxrwx");
    List<String> prefix = NamelessUser.prefix();
    String refused = start(work, prefix, Map.of(), options("-Dportafilter.cache=" + others));
    assertTrue(refused.contains("belongs to user 54321"), refused);
    assertTrue(refused.contains("runs as user 12345"), refused);
    Path planted = Files.createDirectory(temporary.resolve("portafilter-12345"));
    sh("chown 54321 " + planted);
    String answer = start(work, prefix, Map.of(), options());
    System.out.println(
        "answer to a planted cache folder:\n    "
            + answer.lines().filter(line -> line.contains("54321")).findFirst().orElse(answer));
    assertTrue(answer.contains("-Dportafilter.cache=DIR"), answer);
    Files.delete(planted);
    Files.createSymbolicLink(planted, openTo(folder.resolve("work"), "rwxrwxrwx"));
    sh("chown -h 54321 " + planted);
    assertTrue(start(work, prefix, Map.of(), options()).contains("user 54321"));
    Files.delete(planted);
    runsOn("where the answer says", volume(NamelessUser.ID, NamelessUser.ID, "rwx------"));
  }
}
