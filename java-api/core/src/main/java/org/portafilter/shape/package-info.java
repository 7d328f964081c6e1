/** Shapes, element types, windows, and the root of all exceptions; pure arithmetic. */
@org.jspecify.annotations.NullMarked
package org.portafilter.shape;
