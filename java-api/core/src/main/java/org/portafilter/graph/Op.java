package org.portafilter.graph;

import java.util.List;
import org.portafilter.shape.ValueType;

/**
 * A pure operation over values: its attributes, its shape inference and its gradient rule, and
 * nothing else.
 *
 * <p>The set is closed: user code adds layers and losses by composing ops, devices implement ops.
 */
public sealed interface Op
    permits ActivationGradOp,
        ActivationOp,
        AddOp,
        AveragePoolGradOp,
        AveragePoolOp,
        BatchNormGradOp,
        BatchNormInferenceOp,
        BatchNormOp,
        ClampGradOp,
        ClampOp,
        ClipNormOp,
        ConcatOp,
        ConstantOp,
        ConvTranspose2dOp,
        Conv2dDataGradOp,
        Conv2dOp,
        Conv2dWeightGradOp,
        DropoutOp,
        ExpandOp,
        FoldNormOp,
        FunctionGradOp,
        FunctionOp,
        InputOp,
        LogSoftmaxGradOp,
        LogSoftmaxOp,
        MatMulOp,
        MaxPoolGradOp,
        MaxPoolOp,
        MultiplyOp,
        NormOp,
        OneHotOp,
        ReduceOp,
        ReorderOp,
        RescaleOp,
        RequireFiniteOp,
        ReshapeLikeOp,
        ReshapeOp,
        ScalarOp,
        SoftmaxCrossEntropyGradOp,
        SoftmaxCrossEntropyOp,
        SoftmaxGradOp,
        SoftmaxOp,
        SplitOp,
        StateOp,
        TopCountOp,
        TrustRatioOp,
        UnscaleOp,
        UpdateOp,
        WeighOp {

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

  /** Whether an output may be left out when nobody reads it. */
  default boolean mayOmit(int output) {
    return false;
  }

  /** The op's name in messages and files: the class name without {@code Op}. */
  default String name() {
    String name = getClass().getSimpleName();
    return name.substring(0, name.length() - 2);
  }
}
