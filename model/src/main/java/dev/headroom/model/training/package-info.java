/** Choices of a training run: batch, precision, attention, checkpointing, optimizer, loop. Knows no framework. */
@NullMarked
package dev.headroom.model.training;

import org.jspecify.annotations.NullMarked;
