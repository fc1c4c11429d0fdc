/** Trains a job on ND4J and measures its memory. */
@NullMarked
package dev.headroom.validation.measure;

import org.jspecify.annotations.NullMarked;
