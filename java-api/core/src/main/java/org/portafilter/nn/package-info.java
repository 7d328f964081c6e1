/** Layers and networks. */
@org.jspecify.annotations.NullMarked
package org.portafilter.nn;
