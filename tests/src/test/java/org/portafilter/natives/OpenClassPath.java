package org.portafilter.natives;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** A copy of what the guide's programs need of this class path, where every user may read it. */
final class OpenClassPath {
  /** Jars of the tests and of devices that these programs do not use. */
  private static final List<String> LEFT_OUT =
      List.of("cuda-", "onnxruntime-", "junit", "jqwik", "archunit", "protobuf", "picocli");

  private OpenClassPath() {}

  /** Copies it into a folder; the result is for {@code -cp}. */
  static String copy(Path folder) throws IOException {
    Files.createDirectories(folder);
    List<String> entries = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(":")) {
      Path from = Path.of(entry);
      String name = from.getFileName().toString();
      if (Files.exists(from) && LEFT_OUT.stream().noneMatch(name::startsWith)) {
        Path to = folder.resolve(entries.size() + "-" + name);
        copyAll(from, to);
        entries.add(to.toString());
      }
    }
    open(folder);
    return String.join(":", entries);
  }

  private static void copyAll(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path at, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(to.resolve(from.relativize(at)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path at, BasicFileAttributes attributes)
              throws IOException {
            Path target = at.equals(from) ? to : to.resolve(from.relativize(at));
            Files.copy(at, target);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Lets everybody read a folder and what is in it. */
  static void open(Path folder) throws IOException {
    try (var all = Files.walk(folder)) {
      for (Path path : all.toList()) {
        String mode = Files.isDirectory(path) ? "rwxr-xr-x" : "rw-r--r--";
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
      }
    }
  }
}
