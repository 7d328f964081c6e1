import org.portafilter.binding.NativePlatform;
import org.portafilter.platform.LinuxX64;

/** Portafilter and the native libraries of every supported platform. */
module org.portafilter.platform {
  requires transitive org.portafilter;
  requires org.portafilter.binding;
  requires org.portafilter.natives.linux.x86_64;
  requires org.bytedeco.javacpp.linux.x86_64;
  requires org.bytedeco.openblas.linux.x86_64;

  provides NativePlatform with
      LinuxX64;
}
