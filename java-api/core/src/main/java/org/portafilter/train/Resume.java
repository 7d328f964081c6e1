package org.portafilter.train;

/**
 * What a resumed training may do otherwise than the run that wrote its checkpoint. Network, loss,
 * optimizer, clipping, augmentations, seed and batches are always the same.
 *
 * <pre>{@code
 * trainer.learningRate(1e-4);
 * trainer.resume(folder, batches, Resume.keepingMoments());
 * }</pre>
 *
 * @param exact refuses a checkpoint that cannot be continued bit for bit: of another instruction
 *     set, build, device or choice of kernels. Else it is continued with a warning and a note in
 *     the history.
 * @param otherRates allows another learning rate, schedule or {@link ReduceOnPlateau}, while the
 *     optimizer's moments, the step and the place in the data go on; the history has a note of it.
 *     Else they must be as they were.
 */
public record Resume(boolean exact, boolean otherRates) {
  /** The same rates; other bits with a warning. What {@link Trainer#resume} does unless told. */
  public static Resume of() {
    return new Resume(false, false);
  }

  /** The same rates and the same bits. */
  public static Resume exactly() {
    return new Resume(true, false);
  }

  /** Other rates are allowed; other bits with a warning. */
  public static Resume keepingMoments() {
    return new Resume(false, true);
  }

  /** The same, refusing what cannot be continued bit for bit, the rates excepted. */
  public Resume withExact(boolean exact) {
    return new Resume(exact, otherRates);
  }

  /** The same, allowing or refusing other rates. */
  public Resume withOtherRates(boolean otherRates) {
    return new Resume(exact, otherRates);
  }
}
