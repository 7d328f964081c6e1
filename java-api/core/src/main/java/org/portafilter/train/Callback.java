package org.portafilter.train;

/**
 * Hears how training goes, and may end it. All methods are called on the training thread, in the
 * order the callbacks were added.
 *
 * <pre>{@code
 * trainer.callback(new Callback() {
 *   public void epoch(Epoch epoch) {
 *     System.out.println(epoch.number() + " " + epoch.row());
 *   }
 * });
 * }</pre>
 */
public interface Callback {
  /** A step ended. */
  default void step(Step step) {}

  /** An epoch ended: its row is in the history, its checkpoint is written. */
  default void epoch(Epoch epoch) {}
}
