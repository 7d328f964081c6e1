package org.portafilter.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.portafilter.shape.PortafilterException;

/** A folder in memory, where there is one, for the files that fuzzers write. */
final class FuzzInput {
  static final Path FOLDER = folder();

  private FuzzInput() {}

  private static Path folder() {
    try {
      Path memory = Path.of("/dev/shm");
      return Files.isWritable(memory)
          ? Files.createTempDirectory(memory, "portafilter-fuzz")
          : Files.createTempDirectory("portafilter-fuzz");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path write(String name, byte[] bytes) {
    try {
      return Files.write(FOLDER.resolve(name), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a reader; the library's own exception is the right answer to damaged bytes. */
  static void expectAnswer(Runnable reader) {
    try {
      reader.run();
    } catch (PortafilterException expected) {
      if (String.valueOf(expected.getMessage()).isBlank()) {
        throw new AssertionError("an exception without a message", expected);
      }
    }
  }
}
