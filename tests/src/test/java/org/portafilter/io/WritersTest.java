package org.portafilter.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.portafilter.data.Dataset;
import org.portafilter.data.ImageFile;
import org.portafilter.device.Device;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Network;
import org.portafilter.nn.Sequential;
import org.portafilter.onnx.OnnxFile;
import org.portafilter.optim.Sgd;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.train.History;
import org.portafilter.train.Trainer;

/** Everything that writes a file leaves what stood there as it was, or a whole new file. */
@Tag("unit")
class WritersTest {
  /** All writers of files that a user names. */
  enum Kind {
    MODEL(file -> withNetwork(net -> ModelFile.save(net, file))),
    ONNX(file -> withNetwork(net -> OnnxFile.save(net, file))),
    IMAGE(file -> ImageFile.write(file, new byte[28 * 28], Shape.of(1, 28, 28))),
    HISTORY(file -> WritersTest.HISTORY.save(file));

    private final Consumer<Path> writer;

    Kind(Consumer<Path> writer) {
      this.writer = writer;
    }

    void write(Path file) {
      writer.accept(file);
    }

    String refusal(Path file) {
      String message = assertThrows(PortafilterException.class, () -> write(file)).getMessage();
      System.out.println("answer to " + this + " over what it cannot replace:\n    " + message);
      assertTrue(message.startsWith(file.toString()), message);
      return message;
    }
  }

  private static final History HISTORY = history();

  @TempDir Path folder;

  private static void withNetwork(Consumer<Network> use) {
    try (Network net =
        Network.create(
            Sequential.of(Flatten.of(), Dense.of(10)), Shape.of(1, 28, 28), Device.cpu(1), 1)) {
      use.accept(net);
    }
  }

  /** One epoch's. */
  private static History history() {
    try (Network net = Network.create(Sequential.of(Dense.of(2)), Shape.of(2), Device.cpu(1), 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(0.1))) {
      trainer.fit(Dataset.of(new float[8], Shape.of(2), new int[4]).batches(2), 1);
      return trainer.history();
    }
  }

  private Path old(Path file, String mode) throws IOException {
    Files.writeString(file, "old");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).start().waitFor() == 0;
  }

  private void requireOnly(String... names) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<String> found = files.map(file -> file.getFileName().toString()).sorted().toList();
      assertEquals(Arrays.asList(names), found, "no temporary file stays");
    }
  }

  @ParameterizedTest
  @EnumSource
  void theModeIsKept(Kind kind) throws IOException {
    for (String mode : List.of("rw-------", "rw-r-----", "rw-rw-rw-", "r--r--r--")) {
      Path file = old(folder.resolve("file"), mode);
      kind.write(file);
      assertTrue(Files.size(file) > 3, "it was written");
      assertEquals(mode, mode(file));
      Files.delete(file);
    }
    Path fresh = folder.resolve("fresh");
    kind.write(fresh);
    assertEquals(mode(Files.createFile(folder.resolve("other"))), mode(fresh), "the umask's");
    requireOnly("fresh", "other");
  }

  @ParameterizedTest
  @EnumSource
  void theGroupIsKept(Kind kind) throws IOException, InterruptedException {
    Path file = old(folder.resolve("file"), "rw-r-----");
    assumeTrue(run("chgrp", "54321", file.toString()), "giving a file to a group needs root");
    kind.write(file);
    assertEquals(54321, Files.getAttribute(file, "unix:gid"));
    assertEquals("rw-r-----", mode(file));
  }

  @ParameterizedTest
  @EnumSource
  void linksAreFollowed(Kind kind) throws IOException {
    Path store = Files.createDirectory(folder.resolve("store"));
    Path target = old(store.resolve("target"), "rw-------");
    Path near = Files.createSymbolicLink(store.resolve("near"), Path.of("target"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("store/near"));
    kind.write(link);
    assertTrue(Files.isSymbolicLink(link) && Files.isSymbolicLink(near), "links stay links");
    assertFalse(Files.isSymbolicLink(target));
    assertTrue(Files.size(target) > 3, "the target was written");
    assertEquals("rw-------", mode(target));
    try (Stream<Path> files = Files.list(store)) {
      assertEquals(2, files.count(), "no temporary file stays");
    }
    requireOnly("link", "store");
  }

  @ParameterizedTest
  @EnumSource
  void linksThatLeadNowhereCreateWhatTheyName(Kind kind) throws IOException {
    Path store = Files.createDirectory(folder.resolve("store"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("store/target"));
    kind.write(link);
    assertTrue(Files.isSymbolicLink(link), "the link stays a link");
    assertTrue(Files.isRegularFile(store.resolve("target"), LinkOption.NOFOLLOW_LINKS));
    Path lost = Files.createSymbolicLink(folder.resolve("lost"), Path.of("none/target"));
    assertTrue(kind.refusal(lost).contains("does not exist"));
    Path circle = Files.createSymbolicLink(folder.resolve("circle"), Path.of("circle"));
    assertTrue(kind.refusal(circle).contains("circle"));
  }

  @ParameterizedTest
  @EnumSource
  void devicesStay(Kind kind) throws IOException, InterruptedException {
    Path sink = folder.resolve("null");
    assumeTrue(run("mknod", sink.toString(), "c", "1", "3"), "making a device needs root");
    kind.write(sink);
    assertTrue(Files.readAttributes(sink, "isOther").containsValue(true), "still a device");
    Path full = folder.resolve("full");
    assertTrue(run("mknod", full.toString(), "c", "1", "7"));
    assertTrue(kind.refusal(full).contains("No space left on device"));
    Path disk = folder.resolve("disk");
    assertTrue(run("mknod", disk.toString(), "b", "250", "250"));
    assertTrue(kind.refusal(disk).contains("block device"));
    requireOnly("disk", "full", "null");
  }

  @ParameterizedTest
  @EnumSource
  void pipesAndFoldersAreRefused(Kind kind) throws IOException, InterruptedException {
    Path pipe = folder.resolve("pipe");
    assumeTrue(run("mkfifo", pipe.toString()), "no mkfifo here");
    String message = kind.refusal(pipe);
    assertTrue(message.contains("named pipe") && message.contains("/dev/stdout"), message);
    assertTrue(Files.readAttributes(pipe, "isOther").containsValue(true), "still a pipe");
    assertTrue(kind.refusal(folder).contains("is a folder"));
    requireOnly("pipe");
  }

  @ParameterizedTest
  @EnumSource
  void anInterruptedSaveSaysSo(Kind kind) throws IOException {
    Path file = folder.resolve("file");
    kind.write(file);
    byte[] before = Files.readAllBytes(file);
    Thread.currentThread().interrupt();
    try {
      String message = kind.refusal(file);
      assertTrue(message.contains("interrupted"), message);
    } finally {
      assertTrue(Thread.interrupted(), "the thread stays interrupted");
    }
    assertArrayEquals(before, Files.readAllBytes(file));
    requireOnly("file");
  }

  @ParameterizedTest
  @EnumSource
  void aFullDiskLeavesTheOldFile(Kind kind) throws IOException, InterruptedException {
    Path file = old(folder.resolve("file"), "rw-------");
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=4", "tmpfs", folder.toString()),
        "mounting a small disk needs root");
    try {
      old(file, "rw-------");
      Files.write(folder.resolve("rest"), new byte[0]);
      String message = kind.refusal(file);
      assertTrue(message.contains("No space left on device"), message);
      assertEquals("old", Files.readString(file));
      requireOnly("file", "rest");
    } finally {
      run("umount", folder.toString());
    }
  }

  @ParameterizedTest
  @EnumSource
  void theLongestNameIsWritten(Kind kind) throws IOException {
    Path file = folder.resolve("n".repeat(255));
    kind.write(file);
    assertTrue(Files.size(file) > 0);
  }

  @ParameterizedTest
  @EnumSource
  void manyMayWriteAtOnce(Kind kind) throws Exception {
    Path file = folder.resolve("file");
    kind.write(file);
    long size = Files.size(file);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<?>> writes = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      writes.add(threads.submit((Callable<Void>) () -> writeOnce(kind, file)));
    }
    for (Future<?> write : writes) {
      write.get(1, TimeUnit.MINUTES);
    }
    threads.shutdown();
    assertEquals(size, Files.size(file));
    requireOnly("file");
  }

  private static Void writeOnce(Kind kind, Path file) {
    kind.write(file);
    return null;
  }

  /** By a link as /dev/stdout is one, so that a fault does not cost the system its own. */
  @Test
  void standardOutputIsWrittenThrough() throws IOException, InterruptedException {
    Path piped = folder.resolve("piped");
    Path link = Files.createSymbolicLink(folder.resolve("stdout"), Path.of("/proc/self/fd/1"));
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String start = "\"$0\" -cp \"$1\" '" + ToStandardOutput.class.getName() + "' ";
    for (String shell :
        List.of(
            start + link + " | cat > \"$2\"",
            start + link + " > \"$2\"",
            start + "/dev/fd/7 7> \"$2\"",
            start
                + ">(cat > \"$2\"; touch \"$2.done\")"
                + "; while ! [ -e \"$2.done\" ]; do sleep 0.1; done")) {
      Files.deleteIfExists(piped);
      String classPath = System.getProperty("java.class.path");
      assertTrue(run("bash", "-c", shell, java, classPath, piped.toString()), shell);
      assertEquals(2, Safetensors.open(piped).types().size(), shell);
    }
    assertTrue(Files.isSymbolicLink(link));
  }

  /** Saves a model to the file given. */
  public static final class ToStandardOutput {
    private ToStandardOutput() {}

    /** Takes the file. */
    public static void main(String[] args) {
      Kind.MODEL.write(Path.of(args[0]));
    }
  }

  @Test
  void aKilledSaveLeavesAWholeFile() throws IOException, InterruptedException {
    Path file = folder.resolve("file");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                SaveForEver.class.getName(),
                file.toString())
            .inheritIO()
            .start();
    for (int wait = 0; wait < 600 && Files.notExists(file); wait++) {
      Thread.sleep(100);
    }
    Thread.sleep(300);
    process.destroyForcibly().waitFor();
    ModelFile.load(file, Device.cpu(1)).close();
  }

  /** Saves over the file given, again and again. */
  public static final class SaveForEver {
    private SaveForEver() {}

    /** Takes the file. */
    public static void main(String[] args) {
      withNetwork(
          net -> {
            while (true) {
              ModelFile.save(net, Path.of(args[0]));
            }
          });
    }
  }
}
