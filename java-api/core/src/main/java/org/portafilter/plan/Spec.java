package org.portafilter.plan;

import java.util.Map;
import org.portafilter.device.MathMode;
import org.portafilter.device.Tuning;
import org.portafilter.shape.DType;
import org.portafilter.shape.ValueType;

/**
 * What a plan is made for.
 *
 * @param leaves full types of all inputs and state entries of the graph, by path
 * @param working the floating type to compute in
 * @param fuse whether ops may be merged
 * @param privateRegions gives every value guarded memory of its own and forbids overwriting; for
 *     tests
 * @param budget most arena bytes allowed
 * @param math which rounding errors are allowed
 * @param tuning who chooses among kernels
 * @param plainOutputs whether named values are {@link org.portafilter.shape.Layout#PLAIN}, or stay
 *     in the layout their kernel gave them; {@link Plan#type} tells
 */
public record Spec(
    Map<String, ValueType> leaves,
    DType working,
    boolean fuse,
    boolean privateRegions,
    long budget,
    MathMode math,
    Tuning tuning,
    boolean plainOutputs) {
  /** Copies the map. */
  public Spec {
    leaves = Map.copyOf(leaves);
  }

  /** A {@code FLOAT32} plan with fusion and without a budget. */
  public static Spec of(Map<String, ValueType> leaves) {
    return new Spec(
        leaves, DType.FLOAT32, true, false, Long.MAX_VALUE, MathMode.FAST, Tuning.SHIPPED, true);
  }

  /** The same with another working type. */
  public Spec withWorking(DType working) {
    return new Spec(leaves, working, fuse, privateRegions, budget, math, tuning, plainOutputs);
  }

  /** The same with fusion on or off. */
  public Spec withFuse(boolean fuse) {
    return new Spec(leaves, working, fuse, privateRegions, budget, math, tuning, plainOutputs);
  }

  /** The same with private guarded regions or without. */
  public Spec withPrivateRegions(boolean privateRegions) {
    return new Spec(leaves, working, fuse, privateRegions, budget, math, tuning, plainOutputs);
  }

  /** The same with a limit on the arena. */
  public Spec withBudget(long budget) {
    return new Spec(leaves, working, fuse, privateRegions, budget, math, tuning, plainOutputs);
  }

  /** The same with another math mode. */
  public Spec withMath(MathMode math) {
    return new Spec(leaves, working, fuse, privateRegions, budget, math, tuning, plainOutputs);
  }

  /** The same with kernels chosen by the table or by timing. */
  public Spec withTuning(Tuning tuning) {
    return new Spec(leaves, working, fuse, privateRegions, budget, math, tuning, plainOutputs);
  }

  /** The same with named values plain or as their kernels leave them. */
  public Spec withPlainOutputs(boolean plainOutputs) {
    return new Spec(leaves, working, fuse, privateRegions, budget, math, tuning, plainOutputs);
  }
}
