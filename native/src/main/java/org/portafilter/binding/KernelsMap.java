package org.portafilter.binding;

import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.tools.Info;
import org.bytedeco.javacpp.tools.InfoMap;
import org.bytedeco.javacpp.tools.InfoMapper;

/** How JavaCPP turns the C headers into the class {@code Kernels}. Used at build time only. */
@Properties(
    value =
        @Platform(
            value = "linux-x86_64",
            include = {
              "portafilter/abi.h",
              "portafilter/context.h",
              "portafilter/memory.h",
              "portafilter/program.h",
              "portafilter/conv.h",
              "portafilter/pool.h",
              "portafilter/norm.h",
              "portafilter/gemm.h",
              "portafilter/pointwise.h",
              "portafilter/softmax.h",
              "portafilter/update.h",
              "portafilter/random.h",
              "portafilter/probe.h",
              "portafilter/reorder.h",
              "portafilter/fold.h"
            },
            link = "portafilter"),
    target = "org.portafilter.binding.Kernels")
public class KernelsMap implements InfoMapper {
  private static final String[][] STRUCTS = {
    {"pf_view", "View"},
    {"pf_window", "SlidingWindow"},
    {"pf_prologue", "Prologue"},
    {"pf_epilogue", "Epilogue"},
    {"pf_requirements", "Requirements"},
    {"pf_conv", "Conv"},
    {"pf_pool", "Pool"},
    {"pf_norm", "Norm"},
    {"pf_gemm", "Gemm"},
    {"pf_pointwise", "Pointwise"},
    {"pf_move", "Move"},
    {"pf_reduce", "Reduce"},
    {"pf_softmax", "Softmax"},
    {"pf_update", "Update"},
    {"pf_dropout", "Dropout"},
    {"pf_probe", "Probe"},
    {"pf_reorder", "Reorder"},
    {"pf_fold", "Fold"}
  };

  @Override
  public void map(InfoMap infos) {
    infos.put(new Info("PF_API").cppTypes().annotations());
    for (String[] struct : STRUCTS) {
      infos.put(new Info(struct[0]).pointerTypes(struct[1]));
    }
  }
}
