/** How parameters begin. */
@org.jspecify.annotations.NullMarked
package org.portafilter.init;
