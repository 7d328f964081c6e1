package org.portafilter.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Who can do what. */
final class Contenders {
  private static final List<String> OPERATIONS =
      List.of(
          "conv", "conv-train", "gemm", "norm-relu", "max-pool", "add", "gelu", "silu", "softmax");

  private static final List<String> NETS = List.of("pytorch", "pytorch-nhwc");

  /** The kinds of cases each contender knows. */
  private static final Map<String, List<String>> KINDS =
      Map.of(
          "ours",
          List.of(
              "lenet",
              "conv",
              "conv-train",
              "gemm",
              "gemm-prepared",
              "norm-relu",
              "norm-relu-train",
              "max-pool",
              "average-pool",
              "add",
              "adam",
              "gelu",
              "silu",
              "softmax",
              "dropout"),
          "djl",
          List.of("lenet"),
          "pytorch",
          OPERATIONS,
          "pytorch-nhwc",
          List.of("conv", "conv-train", "norm-relu", "max-pool"),
          "pytorch-mkldnn",
          List.of("conv"),
          "openblas-1",
          List.of("gemm", "gemm-prepared"),
          "openblas-all",
          List.of("gemm", "gemm-prepared"));

  private Contenders() {}

  /** Whether a peer is another build of this library, named by its {@code benchmarks.jar}. */
  static boolean isBuild(String peer) {
    return peer.endsWith(".jar");
  }

  /**
   * The contenders behind a peer's name that know a case: PyTorch runs in all its layouts, OpenBLAS
   * with one thread and with all.
   */
  static List<String> of(String peer, Row work) {
    boolean net = Nets.NAMES.contains(work.kind());
    if (isBuild(peer)) {
      return List.of(peer);
    }
    if (peer.equals("onnxruntime")) {
      boolean known = net || work.kind().equals("lenet");
      return known && !work.isTraining() ? List.of(peer) : List.of();
    }
    if (peer.equals("dl4j")) {
      boolean known = net || work.kind().equals("lenet") || Dl4jConvolution.knows(work);
      return known ? List.of(peer) : List.of();
    }
    List<String> names = new ArrayList<>();
    List<String> ways =
        switch (peer) {
          case "pytorch" -> List.of("pytorch", "pytorch-nhwc", "pytorch-mkldnn");
          case "openblas" -> List.of("openblas-1", "openblas-all");
          default -> List.of(peer);
        };
    for (String name : ways) {
      List<String> kinds = KINDS.get(name);
      if (kinds == null) {
        throw new IllegalArgumentException(
            "no peer "
                + peer
                + "; there are djl, pytorch, dl4j, onnxruntime, openblas, and other builds by their benchmarks.jar");
      }
      if (kinds.contains(work.kind()) || net && NETS.contains(name)) {
        names.add(name);
      }
    }
    return names;
  }

  /** Makes a contender, in its own process. */
  static Contender make(String name, Row work, int threads) {
    if (Nets.NAMES.contains(work.kind())) {
      return switch (name) {
        case "ours" -> new OursNet(work, threads);
        case "onnxruntime" -> new OrtNet(work, threads);
        case "dl4j" -> new Dl4jNet(work);
        default -> new TorchNet(work, threads, name.equals("pytorch-nhwc"));
      };
    }
    boolean lenet = work.kind().equals("lenet");
    if (name.equals(Stream.NAME)) {
      return new Stream(work, threads);
    }
    return switch (name) {
      case "ours" -> lenet ? new OursLeNet(work, threads) : new OursOperation(work, threads);
      case "djl" -> new DjlLeNet(work);
      case "dl4j" -> lenet ? new Dl4jNet(work) : new Dl4jConvolution(work);
      case "onnxruntime" -> new OrtNet(work, threads);
      case "openblas-1", "openblas-all" -> new OpenBlasProduct(work);
      default -> new TorchOperation(work, threads, name);
    };
  }
}
