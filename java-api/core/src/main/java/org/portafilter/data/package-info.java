/** Data sets, readers and batches. */
@org.jspecify.annotations.NullMarked
package org.portafilter.data;
