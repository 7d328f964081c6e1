/** Known architectures, one file each. */
@org.jspecify.annotations.NullMarked
package org.portafilter.zoo;
