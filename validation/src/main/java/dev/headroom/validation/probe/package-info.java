/** Readings of ND4J's and the driver's memory. Must not know what is trained. */
@NullMarked
package dev.headroom.validation.probe;

import org.jspecify.annotations.NullMarked;
