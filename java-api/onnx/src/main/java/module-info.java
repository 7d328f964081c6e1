/** Networks as ONNX files. */
module org.portafilter.onnx {
  requires transitive org.portafilter;
  requires org.tribuo.util.onnx;
  requires com.google.protobuf;
  requires static transitive org.jspecify;

  exports org.portafilter.onnx;
}
