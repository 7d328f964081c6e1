package org.portafilter.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.portafilter.shape.ValueType;

/**
 * A pure operation over values: its attributes, its shape inference, its gradient rule, and what
 * anybody may want to know of it. A record; ops that belong together are a family in one file.
 *
 * <p>Layers and losses are made by composing ops. An op of a user's own needs a device that has a
 * kernel for it; what is asked below has answers that are right for any op, if not the best.
 */
public interface Op {
  /**
   * The types of the outputs for these inputs; throws what {@link Signature} throws when they do
   * not fit.
   */
  List<ValueType> infer(Signature in);

  /**
   * Adds the gradients of the inputs, given those of the outputs.
   *
   * @throws org.portafilter.shape.PortafilterException when this op has no gradient
   */
  default void gradient(Gradient g) {
    throw g.missing();
  }

  /** The op's name in messages and files: its {@link OpName}, or that of its class. */
  default String name() {
    OpName name = getClass().getAnnotation(OpName.class);
    return name == null ? getClass().getSimpleName() : name.value();
  }

  /** The op in messages: its name, and its attributes where it has any. */
  default String describe() {
    String text = toString();
    int attributes = text.indexOf('[');
    return attributes < 0 || text.endsWith("[]") ? name() : name() + text.substring(attributes);
  }

  /** Whether model files may hold it: what only trains, or only a plan makes, they do not. */
  default boolean isSaved() {
    return true;
  }

  /** Whether only the shape of an input matters, so that its values need not be kept. */
  default boolean readsShapeOnly(int input) {
    return false;
  }

  /** Whether the output is the input's memory under another shape. */
  default boolean isAlias() {
    return false;
  }

  /** Whether a run may end at this op because of a value, with all state as it was. */
  default boolean mayEndRun() {
    return false;
  }

  /**
   * Whether it only watches numbers, or undoes a scale: trainings with and without it are the same.
   */
  default boolean isGuard() {
    return false;
  }

  /** Whether an output may be left out when nobody reads it. */
  default boolean mayOmit(int output) {
    return false;
  }

  /**
   * Multiplications and additions that cannot be avoided, as a plain sum does them; 0 where memory
   * bounds the time.
   */
  default double operations(List<ValueType> inputs, List<ValueType> outputs) {
    return 0;
  }

  /**
   * Which places of an input a place of an output reads: at most these, and more is never wrong.
   *
   * @param inputs the types of all inputs
   */
  default Reach reach(int output, int input, List<ValueType> inputs) {
    return Reach.ALL;
  }

  /** Whether zeros in every input that has the first output's shape make zeros of it. */
  default boolean keepsZero() {
    return false;
  }

  /** Values of the first input at which the derivative jumps. */
  default double[] kinks() {
    return new double[0];
  }

  /** The output that says which of several pieces each value comes from, or -1. */
  default int piecesOutput() {
    return -1;
  }

  /** The op with this done to its first output too, or null where it cannot. */
  default @Nullable Op taking(Epilogue epilogue) {
    return null;
  }

  /** What it is when nothing is trained: another op of the same inputs; null is the first input. */
  default @Nullable Op atInference() {
    return this;
  }
}
