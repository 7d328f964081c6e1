/** Values in off-heap memory that outlive a call. */
@org.jspecify.annotations.NullMarked
package org.portafilter.tensor;
