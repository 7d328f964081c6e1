import org.portafilter.binding.NativePlatform;

/** The C ABI of the native kernels as Java methods. Only the CPU device uses it. */
module org.portafilter.binding {
  requires transitive org.bytedeco.javacpp;

  uses NativePlatform;

  exports org.portafilter.binding to
      org.bytedeco.javacpp,
      org.portafilter,
      org.portafilter.platform;
}
