/** Jobs as described and jobs resolved, and why a job is refused. Computes no memory. */
@NullMarked
package dev.headroom.model.job;

import org.jspecify.annotations.NullMarked;
