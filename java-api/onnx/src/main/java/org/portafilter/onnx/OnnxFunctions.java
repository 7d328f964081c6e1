package org.portafilter.onnx;

import static org.portafilter.onnx.OnnxAttributes.number;

import java.util.List;
import org.portafilter.graph.Activation;
import org.portafilter.graph.PointwiseOp;

/** Functions of one number as ONNX operators. */
final class OnnxFunctions {
  private final OnnxBuilder to;

  OnnxFunctions(OnnxBuilder to) {
    this.to = to;
  }

  /** The operator that applies an activation. */
  static String operator(Activation activation) {
    return switch (activation) {
      case RELU -> "Relu";
      case SIGMOID -> "Sigmoid";
      case TANH -> "Tanh";
      case IDENTITY -> "Identity";
    };
  }

  /** Adds what computes {@code y} from {@code x}. */
  void add(PointwiseOp.Apply op, String y, String x) {
    List<String> one = List.of(x);
    switch (op.function()) {
      case ABS -> to.put("Abs", y, one);
      case SQUARE -> to.put("Mul", y, List.of(x, x));
      case SQRT -> to.put("Sqrt", y, one);
      case EXP -> to.put("Exp", y, one);
      case LOG -> to.put("Log", y, one);
      case POWER -> to.put("Pow", y, List.of(x, to.scalar(y + "/power", op.alpha())));
      case LEAKY_RELU -> to.put("LeakyRelu", y, one, number("alpha", op.alpha()));
      case ELU -> to.put("Elu", y, one, number("alpha", op.alpha()));
      case SELU -> to.put("Selu", y, one);
      case GELU -> gelu(y, x);
      case SILU -> to.put("Mul", y, List.of(x, to.value(y + "/sigmoid", "Sigmoid", one)));
      case SOFTPLUS -> to.put("Softplus", y, one);
      case MISH -> {
        String plus = to.value(y + "/softplus", "Softplus", one);
        to.put("Mul", y, List.of(x, to.value(y + "/tanh", "Tanh", List.of(plus))));
      }
      case HARD_SIGMOID ->
          to.put("HardSigmoid", y, one, number("alpha", 1 / 6.0), number("beta", 0.5));
      case HARD_SWISH -> to.put("HardSwish", y, one);
      case HUBER -> huber(y, x, op.alpha());
      case LOG1P ->
          to.put(
              "Log", y, List.of(to.value(y + "/sum", "Add", List.of(x, to.scalar(y + "/one", 1)))));
    }
  }

  /** {@code x / 2 (1 + erf(x / sqrt(2)))}: opset 17 has no operator for it. */
  private void gelu(String y, String x) {
    String root = to.scalar(y + "/root", Math.sqrt(0.5));
    String erf =
        to.value(y + "/erf", "Erf", List.of(to.value(y + "/scaled", "Mul", List.of(x, root))));
    String twice = to.value(y + "/twice", "Add", List.of(erf, to.scalar(y + "/one", 1)));
    String half = to.value(y + "/half", "Mul", List.of(x, to.scalar(y + "/factor", 0.5)));
    to.put("Mul", y, List.of(half, twice));
  }

  /** {@code m (|x| - m / 2)} with {@code m = min(|x|, alpha)}: both of its pieces at once. */
  private void huber(String y, String x, double alpha) {
    String size = to.value(y + "/size", "Abs", List.of(x));
    String least = to.value(y + "/least", "Min", List.of(size, to.scalar(y + "/alpha", alpha)));
    String half = to.value(y + "/half", "Mul", List.of(least, to.scalar(y + "/factor", 0.5)));
    to.put("Mul", y, List.of(least, to.value(y + "/rest", "Sub", List.of(size, half))));
  }
}
