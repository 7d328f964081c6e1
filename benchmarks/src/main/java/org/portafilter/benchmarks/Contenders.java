package org.portafilter.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Who can do what. */
final class Contenders {
  private static final List<String> OPERATIONS =
      List.of("conv", "conv-train", "gemm", "norm-relu", "max-pool", "add", "softmax");

  /** The kinds of cases each contender knows. */
  private static final Map<String, List<String>> KINDS =
      Map.of(
          "ours",
          List.of(
              "lenet",
              "conv",
              "conv-train",
              "gemm",
              "norm-relu",
              "norm-relu-train",
              "max-pool",
              "average-pool",
              "add",
              "adam",
              "softmax",
              "dropout"),
          "djl",
          List.of("lenet"),
          "pytorch",
          OPERATIONS,
          "pytorch-nhwc",
          List.of("conv", "conv-train", "norm-relu", "max-pool"));

  private Contenders() {}

  /** The contenders behind a peer's name that know a case: PyTorch runs in both its layouts. */
  static List<String> of(String peer, Case work) {
    boolean net = Nets.NAMES.contains(work.kind());
    if (peer.equals("onnxruntime")) {
      return net && !work.isTraining() ? List.of(peer) : List.of();
    }
    List<String> names = new ArrayList<>();
    for (String name :
        peer.equals("pytorch") ? List.of("pytorch", "pytorch-nhwc") : List.of(peer)) {
      List<String> kinds = KINDS.get(name);
      if (kinds == null) {
        throw new IllegalArgumentException(
            "no peer " + peer + "; there are djl, pytorch and onnxruntime");
      }
      if (kinds.contains(work.kind()) || net && !name.equals("djl")) {
        names.add(name);
      }
    }
    return names;
  }

  /** Makes a contender, in its own process. */
  static Contender make(String name, Case work, int threads) {
    if (Nets.NAMES.contains(work.kind())) {
      return switch (name) {
        case "ours" -> new OursNet(work, threads);
        case "onnxruntime" -> new OrtNet(work, threads);
        default -> new TorchNet(work, threads, name.equals("pytorch-nhwc"));
      };
    }
    boolean lenet = work.kind().equals("lenet");
    return switch (name) {
      case "ours" -> lenet ? new OursLeNet(work, threads) : new OursOperation(work, threads);
      case "djl" -> new DjlLeNet(work);
      default -> new TorchOperation(work, threads, name.equals("pytorch-nhwc"));
    };
  }
}
