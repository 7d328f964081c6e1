/** Networks as ONNX files. */
@org.jspecify.annotations.NullMarked
package org.portafilter.onnx;
