package org.portafilter.data;

import java.io.EOFException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What an exception of the JDK's says, in words; many carry no message, or a bare path. */
final class Reason {
  private Reason() {}

  static String of(Throwable thrown) {
    if (thrown instanceof UncheckedIOException wrapper) {
      return of(wrapper.getCause());
    }
    if (thrown instanceof NoSuchFileException) {
      return "no such file";
    }
    if (thrown instanceof AccessDeniedException) {
      return "no permission";
    }
    String message =
        thrown instanceof FileSystemException files && files.getReason() != null
            ? files.getReason()
            : thrown.getMessage();
    if (message != null && !message.isBlank()) {
      return message;
    }
    if (thrown instanceof EOFException) {
      return "it ends early";
    }
    return thrown.getCause() != null
        ? of(thrown.getCause())
        : "the decoder stopped with " + thrown.getClass().getSimpleName();
  }
}
