/** Metrics as graph functions. */
@org.jspecify.annotations.NullMarked
package org.portafilter.metric;
