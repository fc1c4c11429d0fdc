/**
 * Strict reading of files that people write: sizes limited, positions kept, every problem collected.
 * Knows no job, no model and no card.
 */
@NullMarked
package dev.headroom.simulator.input;

import org.jspecify.annotations.NullMarked;
