/** Saving and loading. */
@org.jspecify.annotations.NullMarked
package org.portafilter.io;
