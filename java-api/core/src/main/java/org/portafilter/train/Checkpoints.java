package org.portafilter.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.portafilter.shape.PortafilterException;

/**
 * Which checkpoints a trainer keeps. Each is whole at every moment, and each is also a model file.
 *
 * <pre>{@code
 * trainer.checkpoints(Checkpoints.in(folder).withLast(3).withBest("validation_accuracy"));
 * }</pre>
 *
 * @param folder made when missing; {@code latest.safetensors} is written there after every epoch
 * @param everySteps also writes {@code latest.safetensors} every so many steps; 0 for never
 * @param last keeps {@code epoch-0001.safetensors} and so on for so many epochs; 0 for none
 * @param best keeps {@code best.safetensors}, the epoch with the best value of this number
 */
public record Checkpoints(Path folder, int everySteps, int last, @Nullable Monitor best) {
  static final String LATEST = "latest.safetensors";
  static final String BEST = "best.safetensors";
  static final String EARLY_STOPPING = "early-stopping.safetensors";

  /** Checks the ranges. */
  public Checkpoints {
    if (everySteps < 0 || last < 0) {
      throw new PortafilterException(
          "checkpoints need everySteps and last of at least 0, got %s and %s"
              .formatted(everySteps, last));
    }
  }

  /** Only the latest, after every epoch. */
  public static Checkpoints in(Path folder) {
    return new Checkpoints(folder, 0, 0, null);
  }

  /** The same, and the latest every so many steps. */
  public Checkpoints withEverySteps(int steps) {
    return new Checkpoints(folder, steps, last, best);
  }

  /** The same, and one file for each of the last epochs. */
  public Checkpoints withLast(int epochs) {
    return new Checkpoints(folder, everySteps, epochs, best);
  }

  /** The same, and the best epoch by a number of the history, such as {@code validation_loss}. */
  public Checkpoints withBest(String name) {
    return new Checkpoints(folder, everySteps, last, Monitor.of(name));
  }

  Path latest() {
    return folder.resolve(LATEST);
  }

  Path epoch(int number) {
    return folder.resolve(String.format(Locale.ROOT, "epoch-%04d.safetensors", number));
  }

  /** Fails before the training when the folder could not be written to. */
  void prepare() {
    try {
      // The JDK's way refuses a link to a folder.
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(folder);
      }
    } catch (IOException e) {
      throw new PortafilterException(
          folder
              + ": the checkpoint folder cannot be made ("
              + PortafilterException.reason(e)
              + ")",
          e);
    }
    if (!Files.isWritable(folder)) {
      throw new PortafilterException(folder + ": no permission to write checkpoints there");
    }
  }

  /**
   * Writes what is due after an epoch. A process that is killed in between resumes from the latest:
   * it comes after the others, which are written anew then, and before the oldest goes.
   */
  void writeEpoch(int number, History history, Consumer<Path> writer) {
    if (best != null && best.best(history.epochs(), 0) == history.epochs().size() - 1) {
      writer.accept(folder.resolve(BEST));
    }
    if (last > 0) {
      writer.accept(epoch(number));
    }
    writer.accept(latest());
    if (last > 0) {
      try {
        Files.deleteIfExists(epoch(number - last));
      } catch (IOException e) {
        throw new PortafilterException(
            epoch(number - last) + ": cannot be deleted (" + PortafilterException.reason(e) + ")",
            e);
      }
    }
  }
}
