package org.portafilter.train;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An epoch that just ended, for callbacks, which may ask that it be the last. */
public final class Epoch {
  private final int number;
  private final int epochs;
  private final History history;
  private @Nullable String stopped;

  Epoch(int number, int epochs, History history) {
    this.number = number;
    this.epochs = epochs;
    this.history = history;
  }

  /** The epoch, counted from 1. */
  public int number() {
    return number;
  }

  /** Epochs that were asked for in all. */
  public int epochs() {
    return epochs;
  }

  /** All rows so far; the last one is this epoch's. */
  public History history() {
    return history;
  }

  /** This epoch's numbers: {@code train_loss}, {@code seconds}, {@code validation_accuracy}. */
  public Map<String, Double> row() {
    return history.epochs().get(history.epochs().size() - 1);
  }

  /**
   * Makes this epoch the last of the running {@link Trainer#fit}.
   *
   * @param reason why, in words
   */
  public void stop(String reason) {
    stopped = reason;
  }

  /** Why training ends here, or null when it goes on. */
  public @Nullable String stopped() {
    return stopped;
  }
}
