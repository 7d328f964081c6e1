package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.DType;
import org.portafilter.shape.Shape;
import org.portafilter.shape.ShapeException;
import org.portafilter.shape.ValueType;

/**
 * The input types of one node during shape inference, with the checks every op needs.
 *
 * @param path the node's path, for messages
 * @param op the op's name, for messages
 * @param inputs one type per input
 * @param working the floating type the network computes in
 */
public record Signature(String path, String op, List<ValueType> inputs, DType working) {

  /** Number of inputs. */
  public int count() {
    return inputs.size();
  }

  /** Type of an input. */
  public ValueType type(int input) {
    return inputs.get(input);
  }

  /** Shape of an input. */
  public Shape shape(int input) {
    return inputs.get(input).shape();
  }

  /** Size of one dimension of an input. */
  public long dim(int input, int axis) {
    return shape(input).dim(axis);
  }

  /** The type of one value in the working precision. */
  public ValueType working(Shape shape) {
    return new ValueType(shape, working);
  }

  /** Requires this many inputs. */
  public void requireInputs(int expected) {
    require(count() == expected, expected + " inputs", count() + " inputs", "");
  }

  /** Requires an input of this rank. */
  public void requireRank(int input, int rank, String meaning) {
    require(
        shape(input).rank() == rank,
        "input " + input + " of rank " + rank + " (" + meaning + ")",
        shape(input) + " (rank " + shape(input).rank() + ")",
        rank == 2 ? "put a Flatten before it" : "check the input shape given to the network");
  }

  /** Requires an input of exactly this shape. */
  public void requireShape(int input, Shape expected, String meaning) {
    require(
        shape(input).equals(expected),
        meaning + " of shape " + expected,
        shape(input).toString(),
        "");
  }

  /** Requires an input in the working precision. */
  public void requireWorking(int input) {
    DType got = type(input).dtype();
    require(
        got == working,
        "input " + input + " of type " + working,
        got.toString(),
        got == DType.UINT8 ? "put a Rescale before it" : "");
  }

  /** Throws unless the condition holds. */
  public void require(boolean condition, String expected, String got, String remedy) {
    if (!condition) {
      throw new ShapeException(
          path
              + " ("
              + op
              + "): expected "
              + expected
              + ", got "
              + got
              + (remedy.isEmpty() ? "" : "; " + remedy));
    }
  }
}
