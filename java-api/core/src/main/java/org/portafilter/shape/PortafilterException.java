package org.portafilter.shape;

import java.io.EOFException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** The root of every exception this library throws on purpose. */
public class PortafilterException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what failed, where, what was expected, what came, and the remedy
   */
  public PortafilterException(String message) {
    super(message);
  }

  /**
   * @param message what failed, where, what was expected, what came, and the remedy
   * @param cause what the system reported
   */
  public PortafilterException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * What went wrong, in words: never {@code null}, as some messages of the JDK are, and never only
   * a path, as those of its file exceptions can be.
   */
  public static String reason(Throwable e) {
    if (e instanceof UncheckedIOException wrapper) {
      return reason(wrapper.getCause());
    }
    if (e instanceof ClosedByInterruptException || e instanceof InterruptedIOException) {
      return "the thread was interrupted";
    }
    if (e instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (e instanceof AccessDeniedException) {
      return "no permission";
    }
    if (e instanceof FileAlreadyExistsException there) {
      return there.getFile() + " is there already";
    }
    if (e instanceof EOFException) {
      return "it ends too early";
    }
    if (e instanceof FileSystemException system && system.getReason() != null) {
      return system.getReason();
    }
    String message = e.getMessage();
    if (message != null && !message.isBlank()) {
      return message;
    }
    return e.getCause() != null ? reason(e.getCause()) : e.getClass().getSimpleName();
  }
}
